"""Look the whole knowledge base over, and mend what can be generated anew."""

from study.doctor.problem import Problem
from study.doctor.run import Repair, check, fix

__all__ = ["Problem", "Repair", "check", "fix"]
