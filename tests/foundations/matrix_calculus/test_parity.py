"""Rows against PyTorch, which has its own derivative of each: value and every gradient, in float64."""

import numpy as np
import pytest
import torch
import torch.nn.functional as TF
from torch import linalg

from foundations.matrix_calculus import TABLE
from foundations.matrix_calculus.rows.normalisation import EPS


def _labels(t):
    return torch.as_tensor(t)


def _gaussian(x, mean, S):
    return torch.distributions.MultivariateNormal(mean, S).log_prob(x)


def _divergence(mean, s):
    mine = torch.distributions.Normal(mean, torch.exp(s / 2))
    return torch.distributions.kl_divergence(mine, torch.distributions.Normal(0.0, 1.0)).sum()


REFERENCE = {
    "trace-of-a-power": lambda A, k: torch.trace(linalg.matrix_power(A, k)),
    "determinant": linalg.det,
    "log-determinant": lambda A: linalg.slogdet(A)[1],
    "nuclear-norm": lambda X: linalg.matrix_norm(X, "nuc"),
    "spectral-norm": lambda X: linalg.matrix_norm(X, 2),
    "p-norm-of-a-vector": linalg.vector_norm,
    "unit-vector": lambda x: TF.normalize(x, dim=0),
    "cosine-similarity": lambda x, y: TF.cosine_similarity(x, y, dim=0),
    "pairwise-squared-distances": lambda X, Y: torch.cdist(X, Y) ** 2,
    "kronecker-product": torch.kron,
    "matrix-power": linalg.matrix_power,
    "inverse": linalg.inv,
    "solution-of-a-linear-system": linalg.solve,
    "triangular-solve": lambda L, b: linalg.solve_triangular(L, b[:, None], upper=False)[:, 0],
    "least-squares-solution": lambda A, b: linalg.lstsq(A, b[:, None]).solution[:, 0],
    "pseudo-inverse": linalg.pinv,
    "matrix-exponential": linalg.matrix_exp,
    "cholesky-factor": linalg.cholesky,
    "eigenvalues-of-a-symmetric-matrix": linalg.eigvalsh,
    "singular-values": linalg.svdvals,
    "gaussian-error-linear-unit-gelu": TF.gelu,
    "sigmoid-linear-unit-silu-swish": TF.silu,
    "gated-linear-unit-glu": lambda A, B: TF.glu(torch.cat([A, B], 1), 1),
    "log-sum-exp": lambda x: torch.logsumexp(x, 0),
    "softmax": lambda X: torch.softmax(X, 1),
    "log-softmax": lambda X: torch.log_softmax(X, 1),
    "linear-layer": lambda X, W, b: TF.linear(X, W.T, b),
    "embedding-lookup": lambda E, t: TF.embedding(_labels(t), E),
    "scaled-dot-product-attention": TF.scaled_dot_product_attention,
    "layer-norm": lambda X, w, b: TF.layer_norm(X, X.shape[1:], w, b, eps=EPS),
    "batch-norm": lambda X, w, b: TF.batch_norm(X, None, None, w, b, training=True, eps=EPS),
    "rms-norm": lambda X: TF.rms_norm(X, X.shape[1:], eps=EPS),
    "convolution": TF.conv2d,
    "average-pooling": lambda X: TF.avg_pool2d(X, 2),
    "max-pooling": lambda X: TF.max_pool2d(X, 2),
    "mean-squared-error": TF.mse_loss,
    "mean-absolute-error": TF.l1_loss,
    "huber-loss": TF.huber_loss,
    "cross-entropy-of-logits": lambda Z, t: TF.cross_entropy(Z, _labels(t)),
    "cross-entropy-with-soft-targets": lambda z, p: TF.cross_entropy(z[None], p[None]),
    "binary-cross-entropy-of-logits": lambda z, t: TF.binary_cross_entropy_with_logits(
        z, _labels(t).double()
    ),
    "gaussian-log-density": _gaussian,
    "divergence-of-a-diagonal-gaussian-from-the-standard-one": _divergence,
}


@pytest.mark.parametrize("slug", list(REFERENCE))
def test_a_row_is_what_pytorch_computes(slug):
    row, rng = TABLE[slug], np.random.default_rng(11)
    xs = row.sample(rng)
    moving = [i for i, x in enumerate(xs) if isinstance(x, np.ndarray) and x.dtype.kind == "f"]
    tensors = [torch.tensor(x, requires_grad=True) if i in moving else x for i, x in enumerate(xs)]
    y = np.asarray(row.value(*xs))
    value = REFERENCE[slug](*tensors)
    np.testing.assert_allclose(value.detach().numpy(), y, rtol=1e-11, atol=1e-12)
    g = rng.standard_normal(y.shape)
    value.backward(torch.as_tensor(g))
    pulled = row.vjp(g, y, *xs)
    pulled = pulled if isinstance(pulled, tuple) else (pulled,)
    for i, mine in zip(moving, pulled, strict=True):
        theirs = tensors[i].grad.numpy()
        theirs = row.spaces[i](theirs) if i in row.spaces else theirs
        np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-11)
