"""Names and addresses of the demo's people: made up, spread over the places that they come from."""

from __future__ import annotations

import re
import unicodedata
from random import Random

GIVEN = (
    "Amara", "Anders", "Aiko", "Beatriz", "Bram", "Camille", "Chidi", "Dalia", "Devika", "Elif", "Emil", "Farah",
    "Fiona", "Giulia", "Hana", "Henrik", "Ines", "Ivan", "Jonas", "Kavya", "Kofi", "Laleh", "Leon", "Lucía", "Marek",
    "Mei", "Nadia", "Noah", "Olga", "Omar", "Pavel", "Priya", "Ravi", "Rosa", "Sakura", "Samir", "Sofia", "Tariq",
    "Thandi", "Wei", "Yara", "Zoe",
)  # fmt: skip
FAMILY = (
    "Abe", "Adeyemi", "Almeida", "Bauer", "Becker", "Chen", "Costa", "Das", "Dubois", "Eriksson", "Fischer", "Garcia",
    "Haddad", "Hansen", "Iyer", "Jansen", "Kaya", "Keller", "Kim", "Kowalski", "Lindqvist", "Lopez", "Mbeki", "Moreau",
    "Müller", "Nakamura", "Novak", "Okafor", "Olsen", "Patel", "Petrov", "Rahimi", "Rossi", "Sato", "Schmidt", "Silva",
    "Singh", "Tanaka", "Virtanen", "Weber", "Yilmaz", "Zhang",
)  # fmt: skip


def name_of(rng: Random) -> str:
    return f"{rng.choice(GIVEN)} {rng.choice(FAMILY)}"


def email_of(name: str, number: int, institution: str) -> str:
    """Under `.example`, which nobody can own (RFC 2606); the number keeps namesakes apart."""
    return f"{_plain(name).replace(' ', '.')}{number}@{_plain(institution).replace(' ', '-')}.example"


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", " ", letters).strip()
