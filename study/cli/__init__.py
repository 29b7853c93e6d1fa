"""The command line: thin shells over the library, one file a command."""


def main(args: list[str] | None = None) -> int:
    """Run `study` and return its exit code.

    Args:
        args: The command line without the program's name; that of this process by default.
    """
    try:
        from study.cli.app import run

        return run(args)
    except KeyboardInterrupt:  # before the program could look after itself
        return 130
