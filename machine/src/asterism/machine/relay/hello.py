"""Reads the beginning of a connection up to the end of the TLS ClientHello."""

import asyncio

from asterism.net.client_hello import MAXIMUM_SIZE, MoreBytesNeeded, server_name


async def read_server_name(reader: asyncio.StreamReader) -> tuple[str | None, bytes]:
    """The server name, None when the hello has none, and all bytes read so far.

    Raises RemoteProtocolError TLS-040 for what is no hello, or one cut short.
    """
    seen = b""
    while True:
        more = await reader.read(MAXIMUM_SIZE)
        seen += more
        try:
            return server_name(seen), seen
        except MoreBytesNeeded:
            if not more:
                raise
