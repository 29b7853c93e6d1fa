"""The tables of the search: how symbols are said, how names split, which words carry no meaning."""

from __future__ import annotations

import re
from itertools import pairwise

# LaTeX command -> (spoken, brief, shown)
COMMANDS: dict[str, tuple[str, str, str]] = {
    "nabla": ("gradient of", "nabla", "∇"),
    "partial": ("partial derivative", "partial", "∂"),
    "sum": ("sum", "sum", "∑"),
    "prod": ("product", "prod", "∏"),
    "int": ("integral", "int", "∫"),
    "infty": ("infinity", "inf", "∞"),
    "log": ("log", "log", "log "),
    "ln": ("natural log", "ln", "ln "),
    "exp": ("exponential", "exp", "exp"),
    "max": ("maximum", "max", "max"),
    "min": ("minimum", "min", "min"),
    "det": ("determinant", "det", "det "),
    "sin": ("sine", "sin", "sin"),
    "cos": ("cosine", "cos", "cos"),
    "tanh": ("hyperbolic tangent", "tanh", "tanh"),
    "Pr": ("probability", "pr", "Pr"),
    "lim": ("limit", "lim", "lim "),
    "odot": ("elementwise product", "hadamard", " ⊙ "),
    "otimes": ("outer product", "kronecker", " ⊗ "),
    "oplus": ("direct sum", "oplus", " ⊕ "),
    "cdot": ("times", "", " · "),
    "times": ("times", "", " × "),
    "approx": ("approximately", "approx", " ≈ "),
    "propto": ("proportional to", "", " ∝ "),
    "sim": ("distributed as", "sim", " ~ "),
    "mid": ("given", "given", "|"),
    "in": ("in", "in", " ∈ "),
    "leq": ("at most", "le", " ≤ "),
    "le": ("at most", "le", " ≤ "),
    "geq": ("at least", "ge", " ≥ "),
    "ge": ("at least", "ge", " ≥ "),
    "neq": ("not equal", "ne", " ≠ "),
    "ll": ("much less than", "", " ≪ "),
    "gg": ("much greater than", "", " ≫ "),
    "pm": ("plus or minus", "", "±"),
    "to": ("to", "", " → "),
    "rightarrow": ("to", "", " → "),
    "mapsto": ("maps to", "", " ↦ "),
    "leftarrow": ("becomes", "", " ← "),
    "top": ("transpose", "t", "ᵀ"),
    "dots": ("", "", "…"),
    "ldots": ("", "", "…"),
    "cdots": ("", "", "⋯"),
    "ell": ("ell", "l", "ℓ"),
    "lfloor": ("floor", "floor", "⌊"),
    "rfloor": ("", "", "⌋"),
    "lceil": ("ceiling", "ceil", "⌈"),
    "rceil": ("", "", "⌉"),
    "lVert": ("norm", "norm", "‖"),
    "rVert": ("", "", "‖"),
    "Vert": ("norm", "norm", "‖"),
    "lvert": ("absolute value", "abs", "|"),
    "rvert": ("", "", "|"),
    "langle": ("inner product", "", "⟨"),
    "rangle": ("", "", "⟩"),
    "ast": ("star", "star", "*"),
    "forall": ("for all", "", "∀"),
    "star": ("star", "star", "*"),
    "dagger": ("pseudo inverse", "dagger", "†"),
    "argmax": ("argmax", "argmax", "argmax "),
    "argmin": ("argmin", "argmin", "argmin "),
    "|": ("", "", "‖"),
    "{": ("", "", "{"),
    "}": ("", "", "}"),
    "%": ("percent", "", "%"),
}

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η",
    "theta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π",
    "rho": "ρ", "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
    "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ",
    "Psi": "Ψ", "Omega": "Ω", "varepsilon": "ε", "varphi": "φ", "vartheta": "θ",
}  # fmt: skip
COMMANDS |= {name: (plain := name.lower().removeprefix("var"), plain, sign) for name, sign in GREEK.items()}

# Names set upright, or "font:letter" -> (spoken, brief, shown)
NAMES: dict[str, tuple[str, str, str]] = {
    "KL": ("kl divergence kullback leibler", "kl divergence", "KL"),
    "ELBO": ("elbo evidence lower bound", "elbo", "ELBO"),
    "Var": ("variance", "var", "Var"),
    "Cov": ("covariance", "cov", "Cov"),
    "tr": ("trace", "trace", "tr"),
    "diag": ("diagonal", "diag", "diag"),
    "rank": ("rank", "rank", "rank"),
    "vec": ("vectorise", "vec", "vec"),
    "sign": ("sign", "sign", "sign"),
    "MSE": ("mean squared error", "mse", "MSE"),
    "CE": ("cross entropy", "ce", "CE"),
    "NLL": ("negative log likelihood", "nll", "NLL"),
    "FFN": ("feed forward network", "ffn", "FFN"),
    "MLP": ("multilayer perceptron", "mlp", "MLP"),
    "PE": ("positional encoding", "pe", "PE"),
    "ReLU": ("rectified linear", "relu", "ReLU"),
    "GELU": ("gaussian error linear", "gelu", "GELU"),
    "BLEU": ("bleu", "bleu", "BLEU"),
    "mathbb:E": ("expectation", "expected value", "E"),
    "mathbb:R": ("real numbers", "reals", "ℝ"),
    "mathbb:N": ("natural numbers", "naturals", "ℕ"),
    "mathbb:P": ("probability", "probability", "ℙ"),
    "mathbb:V": ("variance", "var", "V"),
    "mathcal:N": ("normal gaussian", "normal", "𝒩"),
    "mathcal:L": ("loss", "loss", "ℒ"),
    "mathcal:O": ("order of", "big o", "O"),
    "mathcal:D": ("data set", "dataset", "𝒟"),
    "mathcal:U": ("uniform", "uniform", "𝒰"),
}

# Layout that says nothing
SILENT = frozenset({
    "left", "right", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr",
    "displaystyle", "textstyle", "limits", "nolimits", "quad", "qquad", "underbrace", "overbrace",
    "mathop", "mathrel", "mathbin", "middle", "notag", "nonumber",
})  # fmt: skip

# A sign written in prose -> what it is called
SIGNS = {shown.strip(): f"{spoken} {brief}".strip() for spoken, brief, shown in COMMANDS.values()} | {
    "√": "square root of sqrt",
    "∇": "gradient nabla",
    "‖": "norm",
    "²": "squared",
    "ᵀ": "transpose",
    "⊤": "transpose",
    "ϵ": "epsilon",
}
SIGN = re.compile(
    "[" + "".join(sorted(sign for sign in SIGNS if len(sign) == 1 and not sign.isascii())) + "]"
)

# Words of a question that say nothing of what is asked
STOP_WORDS = frozenset({
    "a", "about", "an", "and", "any", "are", "as", "at", "be", "because", "been", "but", "by",
    "can", "could", "did", "didn", "do", "does", "doesn", "doing", "don", "done", "each", "for",
    "from", "get", "gets", "give", "given", "gives", "had", "happen", "happens", "has", "have",
    "how", "i", "if", "in", "into", "is", "isn", "it", "its", "may", "me", "mean", "means", "might",
    "must", "my", "need", "needs", "not", "of", "on", "one", "or", "our", "out", "please", "shall",
    "should", "show", "so", "such", "tell", "than", "that", "the", "their", "them", "then", "there",
    "these", "they", "this", "those", "to", "up", "us", "use", "used", "uses", "using", "want",
    "was", "we", "were", "what", "when", "where", "which", "while", "who", "whom", "whose", "why",
    "will", "with", "work", "works", "would", "you", "your",
})  # fmt: skip

# Words that say what kind of answer is wanted: a heading that has them is the better answer
QUESTION_WORDS = frozenset(("how", "why", "when"))

IDENTIFIER = re.compile(
    r"[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+|[A-Za-z]*[a-z0-9][A-Z][A-Za-z0-9]*|[A-Z]{2,}[a-z]+\w*"
)


COMPOUND = re.compile(r"\b[A-Za-z]{2,}(?:-[A-Za-z]{2,})+\b")


def split_identifier(name: str) -> list[str]:
    """Split a code name at its underscores and humps; lower case.

    >>> split_identifier("MultiHeadAttention")
    ['multi', 'head', 'attention']
    >>> split_identifier("d_model")
    ['d', 'model']
    >>> split_identifier("GELUOutput2d")
    ['gelu', 'output2d']
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_+", " ", name)
    return spaced.lower().split()


def identifiers(text: str) -> list[str]:
    """Return the parts of every code name in a text, and its neighbouring parts as one word, without repeats.

    >>> identifiers("call MultiHeadAttention or LayerNorm(x)")
    ['multi head attention multihead headattention', 'layer norm layernorm']
    """
    return [_glued(split_identifier(name)) for name in dict.fromkeys(IDENTIFIER.findall(text))]


def compounds(text: str) -> list[str]:
    """Return the words that a text joins by hyphens, as one word, without repeats.

    >>> compounds("multi-head self-attention")
    ['multi head multihead', 'self attention selfattention']
    """
    return [_glued(name.lower().split("-")) for name in dict.fromkeys(COMPOUND.findall(text))]


def _glued(parts: list[str]) -> str:
    """Return words followed by their neighbours written as one."""
    return " ".join([*parts, *map("".join, pairwise(parts))])


def signs(text: str) -> list[str]:
    """Return what the mathematical signs of a plain text are called, without repeats.

    >>> signs("divide by √d and follow ∇")
    ['square root of sqrt', 'gradient nabla']
    """
    return list(dict.fromkeys(SIGNS[sign] for sign in SIGN.findall(text)))
