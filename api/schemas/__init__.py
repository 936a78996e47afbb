"""The shapes of the API's answers, from which OpenAPI follows."""
