"""The error of all models."""


class ModelError(ValueError):
    """Report that `parameter` has a value for which the model has no answer; the text says why."""

    def __init__(self, parameter: str, text: str) -> None:
        super().__init__(f"{parameter}: {text}")
        self.parameter = parameter
        self.text = text
