"""Worlds of made-up facts: entities with names of three words, relations, values of two tokens.

A document is six tokens: the entity's three words, the relation, and the two tokens of the value. A question
is four: the words, each replaced by its synonym with some probability, and the relation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

WORDS, RELATIONS, VALUES = 300, 8, 64
SPECIAL = 2  # padding and start
FIRST_SYNONYM = SPECIAL + WORDS
FIRST_RELATION = FIRST_SYNONYM + WORDS
FIRST_VALUE = FIRST_RELATION + RELATIONS
VOCABULARY = FIRST_VALUE + VALUES


@dataclass(frozen=True)
class World:
    """Facts: one row each.

    Attributes:
        names: Tokens of the entity, shape (N, 3), no two entities with the same three words.
        relations: Token of the relation, shape (N,).
        values: Tokens of the value, shape (N, 2).
        entities: Number of the entity, shape (N,).
    """

    names: np.ndarray
    relations: np.ndarray
    values: np.ndarray
    entities: np.ndarray

    @property
    def documents(self) -> np.ndarray:
        """Tokens of all documents, shape (N, 6)."""
        return np.concatenate([self.names, self.relations[:, None], self.values], axis=1)

    @property
    def keys(self) -> np.ndarray:
        """What a document is found by, shape (N, 4): without its value, so that no answer leaks into it."""
        return np.concatenate([self.names, self.relations[:, None]], axis=1)

    def take(self, rows: np.ndarray) -> World:
        """Return some of the facts."""
        return World(self.names[rows], self.relations[rows], self.values[rows], self.entities[rows])

    def revalued(self, rng: np.random.Generator) -> World:
        """Return the same facts with other values: both tokens differ."""
        shift = rng.integers(1, VALUES, self.values.shape)
        return replace(self, values=FIRST_VALUE + (self.values - FIRST_VALUE + shift) % VALUES)


def draw_world(n_entities: int, each: int, *, alike: float = 0.5, rng: np.random.Generator) -> World:
    """Draw entities and their facts.

    Args:
        n_entities: How many.
        each: Facts an entity, of different relations.
        alike: Share of the entities whose name has two words of another's.
        rng: Source of names, relations and values.
    """
    names: dict[tuple[int, ...], None] = {}
    while len(names) < n_entities:
        name = [int(one) for one in rng.choice(WORDS, 3, replace=False)]
        if names and rng.random() < alike:
            name[:2] = list(names)[int(rng.integers(len(names)))][:2]
        if len(set(name)) == 3:
            names.setdefault(tuple(name))
    table = SPECIAL + np.array(list(names))  # (E, 3)
    relations = rng.permuted(np.tile(np.arange(RELATIONS), (n_entities, 1)), axis=1)[:, :each]
    entities = np.repeat(np.arange(n_entities), each)
    values = FIRST_VALUE + rng.integers(0, VALUES, (len(entities), 2))
    return World(table[entities], FIRST_RELATION + relations.reshape(-1), values, entities)


def ask(
    world: World, p: float, *, synonyms: tuple[int, int] = (0, WORDS), rng: np.random.Generator
) -> np.ndarray:
    """Ask for every fact of a world.

    Args:
        world: The facts.
        p: Probability with which a word is replaced by its synonym.
        synonyms: Words from the first to before the second have one; the others stay.
        rng: Source of the replacements.

    Returns:
        Tokens, shape (N, 4).
    """
    words = world.names - SPECIAL  # (N, 3)
    may = (words >= synonyms[0]) & (words < synonyms[1])
    names = np.where(may & (rng.random(words.shape) < p), FIRST_SYNONYM + words, world.names)
    return np.concatenate([names, world.relations[:, None]], axis=1)
