from dataclasses import dataclass


@dataclass(frozen=True)
class Inside:
    """A value in a context that only code of the product can have put there.

    A context comes along with each call from outside, and what is sent as JSON or XML
    is never such an object: see ``get_inside``.
    """

    value: object = True


def get_inside(env, key, default=None):
    """Return what code of the product put into the context; others count for nothing.

    :param env: the environment
    :param str key: the key of the context
    :param default: what to return without it
    """
    given = env.context.get(key)
    return given.value if isinstance(given, Inside) else default
