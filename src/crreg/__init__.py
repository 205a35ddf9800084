"""Check, repair and watch the container registry secrets that GitHub Codespaces needs."""

import warnings

__version__ = "0.1.0"

# `requests` sets this filter, too. But botocore, which another thread may import meanwhile, then restores the filters
# of before, and the warning about an optional package would be printed.
warnings.filterwarnings("ignore", message="SOCKS support in urllib3 requires")
