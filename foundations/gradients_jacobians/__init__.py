"""Gradients, Jacobians and Hessians: what derivatives of many variables are, say, and how they are had."""

from foundations.gradients_jacobians.chain_rule import chain, chain_cost, local_jacobians
from foundations.gradients_jacobians.change_of_variables import integrate, integrate_through
from foundations.gradients_jacobians.checking import check_gradient
from foundations.gradients_jacobians.critical_points import (
    CriticalPoint,
    Kind,
    Search,
    classify,
    critical_point,
    critical_points,
)
from foundations.gradients_jacobians.differences import (
    central_difference,
    complex_step,
    forward_difference,
    second_difference,
)
from foundations.gradients_jacobians.fields import gradient_field, hessian_field, jacobian_field
from foundations.gradients_jacobians.implicit import LocalInverse, implicit_jacobian, local_inverse
from foundations.gradients_jacobians.linear_map import LinearMap, area_ratio, linearise
from foundations.gradients_jacobians.newton import NewtonResult, newton
from foundations.gradients_jacobians.step_sizes import CENTRAL, FORWARD, SECOND, DifferenceRule
from foundations.gradients_jacobians.surfaces import MAPS, SURFACES, PlaneMap, Surface
from foundations.gradients_jacobians.taylor import (
    TaylorModel,
    directional_derivative,
    observed_order,
    quadratic_model,
    remainders,
    tangent_plane,
)

__all__ = [
    "CENTRAL",
    "FORWARD",
    "MAPS",
    "SECOND",
    "SURFACES",
    "CriticalPoint",
    "DifferenceRule",
    "Kind",
    "LinearMap",
    "LocalInverse",
    "NewtonResult",
    "PlaneMap",
    "Search",
    "Surface",
    "TaylorModel",
    "area_ratio",
    "central_difference",
    "chain",
    "chain_cost",
    "check_gradient",
    "classify",
    "complex_step",
    "critical_point",
    "critical_points",
    "directional_derivative",
    "forward_difference",
    "gradient_field",
    "hessian_field",
    "implicit_jacobian",
    "integrate",
    "integrate_through",
    "jacobian_field",
    "linearise",
    "local_inverse",
    "local_jacobians",
    "newton",
    "observed_order",
    "quadratic_model",
    "remainders",
    "second_difference",
    "tangent_plane",
]
