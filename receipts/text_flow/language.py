"""A language's tag (BCP 47), as far as setting it in type depends on it."""


def primary(language: str) -> str:
    """The language of a BCP 47 tag, without region or script: "pt" of "pt-BR"."""
    return language.partition("-")[0].lower()
