"""AWS on one machine: moto, with what it lacks for containing leaked roles and putting policies right.

Started as `python -m local_aws`. The page `tests/aws/README.md` tells what is where.
"""

import os

# moto reads these when it is imported, which is why they stand here. The images of every region take a quarter of a
# second to load, and nobody starts one of them. The pages of other web sites have no business with this server.
os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
os.environ.setdefault("MOTO_DISABLE_GLOBAL_CORS", "true")
