"""A line for people's words. What is pasted is cleaned and cut to what fits, where Textual's own would take nothing."""

from textual.widgets import Input

from pos_recovery.rules.text_cleaning import clean


class Field(Input):
    """An input that no paste can fill with orders to the terminal, and that takes the beginning of a long one."""

    def replace(self, text: str, start: int, end: int) -> None:
        """Put `text`, typed or pasted, in place of what stands from `start` to `end`."""
        if len(text) > 1 or not text.isprintable():
            room = self.max_length - len(self.value) + abs(end - start) if self.max_length else len(text)
            text = clean(text, room) if room > 0 else ""
        super().replace(text, start, end)
