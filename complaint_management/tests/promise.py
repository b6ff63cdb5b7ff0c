"""What the product promises of its security, said beside the tests that hold it."""


def promise(text, asvs=""):
    """Mark a test as the proof of a promise; ``docs/security.md`` lists them.

    :param str text: the promise, in a sentence for people
    :param str asvs: numbers of the requirements of OWASP ASVS 4.0.3 that it answers
    """

    def mark(test):
        test.promise = (text, asvs)
        return test

    return mark
