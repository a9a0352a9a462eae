"""A server of buckets on this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import Request, urlopen

import pytest


@contextmanager
def served() -> Iterator[str]:
    """The address of a server with an empty bucket `archive`; its keys are in the environment."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("ACCESS_KEY_ID", "any"), ("SECRET_ACCESS_KEY", "any"),
                            ("DEFAULT_REGION", "us-east-1")):  # fmt: skip
            patch.setenv(f"AWS_{name}", value)
        import boto3
        from moto.server import ThreadedMotoServer

        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
        server.start()
        host, port = server.get_host_and_port()
        address = f"http://{host}:{port}"
        # What an earlier server of this process held would be there still.
        urlopen(Request(f"{address}/moto-api/reset", method="POST")).close()
        boto3.client("s3", endpoint_url=address).create_bucket(Bucket="archive")
        yield address
        server.stop()
