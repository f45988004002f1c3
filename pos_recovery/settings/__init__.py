"""The settings of one register: what there is to set, the file it stands in, whether it is right."""
