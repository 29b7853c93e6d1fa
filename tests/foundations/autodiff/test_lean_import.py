"""The engine loads no SciPy before something needs it: that takes as long as all else it loads."""

import subprocess
import sys


def test_importing_engine_layers_and_optimisers_loads_no_scipy():
    code = (
        "import sys, numpy as np; from foundations import autodiff, nn, optimization; "
        "x = autodiff.Tensor(np.ones((2, 3), np.float32), requires_grad=True); "
        "nn.functional.gelu(x).sum().backward(); "
        "print(sorted(name for name in sys.modules if name.partition('.')[0] == 'scipy'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
