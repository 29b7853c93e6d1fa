"""Two tables that benchmarks of tabular learners use: house prices in California, and forest cover."""

import gzip
import io
import tarfile
import zlib

import numpy as np

from foundations.data.readers import Splits
from foundations.data.source import File, Source
from foundations.errors import DataError

HOUSING = "CaliforniaHousing/cal_housing.data"
LARGEST = 100_000_000
"""The most bytes that either table may take unpacked; covertype takes 75 million."""
HOUSING_NAMES = (
    "median income",
    "house age",
    "rooms per household",
    "bedrooms per household",
    "population",
    "people per household",
    "latitude",
    "longitude",
)
COVER_NAMES = (
    "elevation",
    "aspect",
    "slope",
    "horizontal distance to water",
    "vertical distance to water",
    "distance to roads",
    "hillshade at 9",
    "hillshade at noon",
    "hillshade at 15",
    "distance to fire points",
    *(f"wilderness area {i}" for i in range(1, 5)),
    *(f"soil type {i}" for i in range(1, 41)),
)


def california(archive: bytes) -> Splits:
    """Read the archive of house prices by block of the 1990 census.

    Totals are turned into means by household, as scikit-learn does.

    Args:
        archive: The whole file, a tar in gzip.

    Returns:
        `all`: `features`, float64 of shape (n, 8), `targets`, the median price in 100,000 dollars, shape
        (n,), and `names`.

    Raises:
        DataError: If it is another archive, ends too early, or its rows are not nine numbers.
    """
    content = None
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as files:
            for info in files:
                if info.name == HOUSING and info.size <= LARGEST:
                    stream = files.extractfile(info)
                    content = stream.read() if stream else None
    except (tarfile.TarError, EOFError, OSError, zlib.error) as reason:
        raise DataError(
            f"not the archive of California housing or not whole ({reason}); get it again"
        ) from None
    if content is None:
        raise DataError(f"not the archive of California housing: {HOUSING} is missing; get it again")
    longitude, latitude, age, rooms, bedrooms, people, households, income, price = _table(
        content, 9, "California housing"
    ).T
    if households.min() <= 0:
        raise DataError("California housing: has a block without households; get it again")
    columns = (
        income,
        age,
        rooms / households,
        bedrooms / households,
        people,
        people / households,
        latitude,
        longitude,
    )
    features = np.ascontiguousarray(np.array(columns).T)  # (n, 8)
    return {"all": {"features": features, "targets": price / 100_000, "names": HOUSING_NAMES}}


def covertype(packed: bytes) -> Splits:
    """Read the cover of patches of forest, 30 metres by 30.

    Args:
        packed: The whole file, comma-separated rows in gzip.

    Returns:
        `all`: `features`, float64 of shape (n, 54), `labels`, int64 from 0 to 6, shape (n,), and `names`.

    Raises:
        DataError: If it is no gzip file, ends too early, is too large, or its rows are not 54 numbers and a
            cover from 1 to 7.
    """
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as stream:
            content = stream.read(LARGEST + 1)
    except (EOFError, OSError, zlib.error) as reason:
        raise DataError(f"not the file of covertype or not whole ({reason}); get it again") from None
    if len(content) > LARGEST:
        raise DataError(f"covertype: unpacks to more than {LARGEST:,} bytes; get it again")
    table = _table(content, 55, "covertype")
    cover = table[:, -1].astype(np.int64)
    if cover.min() < 1 or cover.max() > 7:
        raise DataError(
            f"covertype: has a cover of {cover.min()} to {cover.max()}, expected 1 to 7; get it again"
        )
    features = np.ascontiguousarray(table[:, :-1])  # (n, 54)
    return {"all": {"features": features, "labels": cover - 1, "names": COVER_NAMES}}


def _table(content: bytes, columns: int, name: str) -> np.ndarray:
    """Return comma-separated numbers, float64 of shape (n, columns)."""
    try:
        table = np.loadtxt(io.StringIO(content.decode("ascii")), delimiter=",", ndmin=2)
    except ValueError as reason:  # UnicodeDecodeError is one
        raise DataError(f"{name}: not rows of {columns} numbers ({reason}); get it again") from None
    if table.shape[1] != columns or not len(table) or not np.isfinite(table).all():
        raise DataError(
            f"{name}: not rows of {columns} finite numbers, got shape {table.shape}; get it again"
        )
    return table


SOURCES = (
    Source(
        name="california-housing",
        description="20,640 blocks of the 1990 census in California: eight numbers and the median price",
        licence="none stated",
        home="https://www.dcc.fc.up.pt/~ltorgo/Regression/cal_housing.html",
        citation="Pace and Barry 1997, Sparse Spatial Autoregressions",
        read=california,
        files=(
            File(
                path="tabular/cal_housing.tgz",
                # as scikit-learn pins it; it does not say how long it is, so size is a bound
                sha256="aaa5c9a6afe2225cc2aed2723682ae403280c4a3695a2ddda4ffb5d8215ea681",
                size=1_000_000,
                urls=(
                    "https://ndownloader.figshare.com/files/5976036",
                    "https://www.dcc.fc.up.pt/~ltorgo/Regression/cal_housing.tgz",
                ),
            ),
        ),
    ),
    Source(
        name="covertype",
        description="581,012 patches of forest in Colorado: 54 numbers and which of seven covers grows there",
        licence="CC BY 4.0",
        home="https://archive.ics.uci.edu/dataset/31/covertype",
        citation="Blackard and Dean 1999, Comparative accuracies of artificial neural networks and "
        "discriminant analysis in predicting forest cover types from cartographic variables",
        read=covertype,
        files=(
            File(
                path="tabular/covtype.data.gz",
                # as scikit-learn pins it; it does not say how long it is, so size is a bound
                sha256="614360d0257557dd1792834a85a1cdebfadc3c4f30b011d56afee7ffb5b15771",
                size=20_000_000,
                urls=(
                    "https://ndownloader.figshare.com/files/5976039",
                    "https://archive.ics.uci.edu/ml/machine-learning-databases/covtype/covtype.data.gz",
                ),
            ),
        ),
    ),
)
