"""Matrix decompositions from scratch: QR, LU, Cholesky, eigenvalues, the SVD, and what they are for."""

from foundations.matrix_decomposition.cholesky import cholesky, log_determinant, solve_cholesky
from foundations.matrix_decomposition.conditioning import (
    backward_error,
    condition_number,
    hilbert,
    spectral_norm,
)
from foundations.matrix_decomposition.eigen import Eigen, eig, eigvals
from foundations.matrix_decomposition.gram_schmidt import (
    gram_schmidt_classical,
    gram_schmidt_modified,
    loss_of_orthogonality,
)
from foundations.matrix_decomposition.least_squares import (
    lstsq_normal,
    lstsq_qr,
    lstsq_svd,
    matrix_rank,
    pseudo_inverse,
)
from foundations.matrix_decomposition.linear_systems import Solution, solve, solve_expert
from foundations.matrix_decomposition.low_rank import low_rank, rank_for_energy, truncate, truncation_errors
from foundations.matrix_decomposition.lu import LU, determinant, growth_factor, lu
from foundations.matrix_decomposition.pca import PCA, pca_covariance, pca_svd
from foundations.matrix_decomposition.power_iteration import (
    Eigenpair,
    inverse_iteration,
    power_iteration,
    rayleigh_quotient_iteration,
)
from foundations.matrix_decomposition.projections import (
    Subspaces,
    fundamental_subspaces,
    orthogonal_projector,
    principal_angles,
    project,
)
from foundations.matrix_decomposition.qr import (
    QR,
    PivotedQR,
    qr_householder,
    qr_pivoted,
)
from foundations.matrix_decomposition.schur import Hessenberg, Schur, hessenberg, real_schur
from foundations.matrix_decomposition.svd import SVD, singular_values, svd
from foundations.matrix_decomposition.symmetric_eigen import (
    SymmetricEigen,
    Tridiagonal,
    eigh_jacobi,
    eigh_qr,
    tridiagonalise,
)
from foundations.matrix_decomposition.triangular import back_substitution, forward_substitution

__all__ = [
    "LU",
    "PCA",
    "QR",
    "SVD",
    "Eigen",
    "Eigenpair",
    "Hessenberg",
    "PivotedQR",
    "Schur",
    "Solution",
    "Subspaces",
    "SymmetricEigen",
    "Tridiagonal",
    "back_substitution",
    "backward_error",
    "cholesky",
    "condition_number",
    "determinant",
    "eig",
    "eigh_jacobi",
    "eigh_qr",
    "eigvals",
    "forward_substitution",
    "fundamental_subspaces",
    "gram_schmidt_classical",
    "gram_schmidt_modified",
    "growth_factor",
    "hessenberg",
    "hilbert",
    "inverse_iteration",
    "log_determinant",
    "loss_of_orthogonality",
    "low_rank",
    "lstsq_normal",
    "lstsq_qr",
    "lstsq_svd",
    "lu",
    "matrix_rank",
    "orthogonal_projector",
    "pca_covariance",
    "pca_svd",
    "power_iteration",
    "principal_angles",
    "project",
    "pseudo_inverse",
    "qr_householder",
    "qr_pivoted",
    "rank_for_energy",
    "rayleigh_quotient_iteration",
    "real_schur",
    "singular_values",
    "solve",
    "solve_cholesky",
    "solve_expert",
    "spectral_norm",
    "svd",
    "tridiagonalise",
    "truncate",
    "truncation_errors",
]
