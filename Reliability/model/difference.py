"""What is wrong, in words."""

from ..reader import WRONG
from .operations import Read
from .published import Release


class Difference(Exception):
    """What a call gave is not what the model allows; in a sentence."""


class WrongBytes(Difference):
    """The same, of a read through a handle whose bytes can be shown."""

    def __init__(self, release: Release, operation: Read, path: str) -> None:
        super().__init__(f"{WRONG} of {path} at {operation.offset}")
        self.release, self.operation, self.path = release, operation, path

    def where(self, got: bytes) -> str:
        """The first place at which the bytes differ."""
        right = self.release.bytes(self.path, self.operation.offset, self.operation.count)
        place = next((place for place, (one, other) in enumerate(zip(got, right)) if one != other), len(got))
        count = sum(one != other for one, other in zip(got, right))
        return (
            f"{WRONG}: {len(got)} bytes of {self.release.version}'s {self.path} from {self.operation.offset} on: {count} wrong, "
            f"the first at {self.operation.offset + place}: {got[place:place + 16].hex()} instead of "
            f"{right[place:place + 16].hex()}")


def need(condition: bool, sentence: str) -> None:
    if not condition:
        raise Difference(sentence)
