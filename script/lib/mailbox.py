"""A mail server that sends nothing: each mail becomes a file to look at.

Usage: mailbox.py FOLDER. Prints the port it listens on, on this machine only, and
ends with the process that started it.
"""

import asyncio
import os
import sys
from datetime import datetime
from pathlib import Path

ANSWERS = {"DATA": b"354 go on\r\n", "QUIT": b"221 bye\r\n"}


async def converse(folder, reader, writer):
    """Say yes to all that a client says, and keep what comes after DATA."""
    writer.write(b"220 mailbox\r\n")
    while line := await reader.readline():
        verb = line.decode(errors="replace").strip().upper()
        writer.write(ANSWERS.get(verb, b"250 ok\r\n"))
        if verb == "DATA":
            lines = []
            while (line := await reader.readline()) not in (b".\r\n", b""):
                lines.append(line.removeprefix(b".") if line[:2] == b".." else line)
            name = datetime.now().strftime("%Y-%m-%d_%H%M%S_%f.eml")
            (folder / name).write_bytes(b"".join(lines))
            writer.write(b"250 kept\r\n")
        elif verb == "QUIT":
            break
    writer.close()


async def main(folder):
    parent = os.getppid()
    folder.mkdir(parents=True, exist_ok=True)
    server = await asyncio.start_server(
        lambda reader, writer: converse(folder, reader, writer),
        "127.0.0.1",
        0,
        limit=2**26,
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    while os.getppid() == parent:
        await asyncio.sleep(1)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
