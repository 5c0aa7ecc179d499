"""How a refused argument is told."""

from Absolute import MAX_ECHO, ArgumentError


class TestArgumentError:
    def test_it_names_the_argument_and_shows_an_example(self) -> None:
        error = ArgumentError("limit", "it is missing.", "5")
        assert (str(error), error.name) == ("limit: it is missing. Example: limit=5", "limit")
        assert str(ArgumentError("limit", "it is missing.")) == "limit: it is missing."

    def test_the_middle_of_a_long_text_is_left_out(self) -> None:
        kept = "a" * MAX_ECHO + "b" * MAX_ECHO
        assert str(ArgumentError("x", kept)) == f"x: {kept}"
        assert str(ArgumentError("x", "a" * MAX_ECHO + "!" + "b" * MAX_ECHO)) == f"x: {'a' * MAX_ECHO} … {'b' * MAX_ECHO}"
