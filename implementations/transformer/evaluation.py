"""How well a model predicts a text: nats a token, perplexity, bits a character."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from foundations.autodiff import no_grad
from foundations.autodiff.tensor import values
from foundations.errors import ValueRangeError
from foundations.nn import Module
from foundations.nn import functional as F
from foundations.nn.arguments import integers, whole


@dataclass(frozen=True)
class Evaluation:
    """What a text costs a model.

    Attributes:
        nats: Mean negative log-probability of a token, in nats.
        tokens: How many tokens were predicted.
        perplexity: e^nats: the number of equally likely tokens that would be as hard to guess.
    """

    nats: float
    tokens: int

    @property
    def perplexity(self) -> float:
        """e^nats."""
        return math.exp(self.nats)

    def bits_per_character(self, characters: int | None = None) -> float:
        """Return nats tokens / (characters log 2), by which models with different tokenizers compare.

        Args:
            characters: Characters of the text that was predicted; as many as tokens by default.

        Raises:
            ValueRangeError: If there are none.

        Example:
            >>> Evaluation(nats=math.log(8), tokens=10).bits_per_character(15)
            2.0
        """
        n = self.tokens
        if characters is not None:
            n = whole("bits_per_character", "characters", characters, 1)
        return self.nats * self.tokens / (n * math.log(2))


def evaluate(
    model: Module,
    tokens: Any,
    *,
    context: int,
    stride: int | None = None,
    batch_size: int = 32,
) -> Evaluation:
    """Predict every token of a text but the first, each from the tokens before it in its window.

    Windows of `context` tokens begin every `stride` tokens; of each, the predictions that the window before
    it did not make are counted. So a token after the first window sees at least context - stride tokens.

    Args:
        model: Maps tokens (B, T) to logits (B, T, V); in evaluation mode meanwhile.
        tokens: The text, shape (n,), n at least 2.
        context: Tokens that the model reads at once.
        stride: From window to window, 1 to context; `context` by default, which is fastest and hardest.
        batch_size: Windows at once.

    Returns:
        The mean over all n - 1 predictions.

    Raises:
        ValueRangeError: If the text is too short, or an argument out of range.
    """
    tokens = integers("evaluate", "tokens", values(tokens))
    context = whole("evaluate", "context", context, 1)
    stride = whole("evaluate", "stride", context if stride is None else stride, 1)
    batch_size = whole("evaluate", "batch_size", batch_size, 1)
    if tokens.ndim != 1 or len(tokens) < 2:
        raise ValueRangeError(
            f"evaluate predicts a text of at least two tokens, shape (n,), got {tokens.shape}"
        )
    if stride > context:
        raise ValueRangeError(f"a stride above the context of {context} skips tokens, got {stride}: lower it")
    inputs, targets = tokens[:-1], tokens[1:]
    whole_windows = max(0, (len(inputs) - context) // stride + 1)
    starts = [window * stride for window in range(whole_windows)]
    groups = [starts[i : i + batch_size] for i in range(0, len(starts), batch_size)]
    rest = starts[-1] + context if starts else 0  # the first prediction that no whole window makes
    if rest < len(inputs):
        groups.append([max(0, len(inputs) - context)])  # one more window, up against the end
    total, counted = 0.0, 0
    training = model.training
    model.eval()
    try:
        for group in groups:
            rows = np.array(group)[:, None] + np.arange(min(context, len(inputs)))  # (B, T)
            with no_grad():
                nats = values(F.cross_entropy(model(inputs[rows]), targets[rows], reduction="none"))
            new = np.zeros(rows.shape, bool)
            for i, row in enumerate(rows):
                new[i] = row >= counted
                counted = max(counted, int(row[-1]) + 1)
            total += float(nats[new].sum(dtype=np.float64))
    finally:
        model.train(training)
    return Evaluation(total / len(inputs), len(inputs))


def gelu_error(x: Any) -> np.ndarray:
    r"""Return what the approximation of GELU by tanh adds to the exact function.

    Exact: $x\Phi(x)$. Approximation: $x (1 + \tanh(\sqrt{2/\pi}(x + 0.044715 x^3))) / 2$.

    Args:
        x: Values, any shape.

    Returns:
        float64, shape of x; an even function of x, of magnitude below 5e-4.

    Source: Hendrycks & Gimpel 2016, arXiv:1606.08415, section 2.

    Example:
        >>> float(np.abs(gelu_error(np.linspace(-6, 6, 1201))).max().round(5))
        0.00047
    """
    x = np.asarray(x, dtype=np.float64)
    return np.asarray(F.gelu(x, "tanh") - F.gelu(x))
