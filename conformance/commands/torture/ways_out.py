"""Ways out of a replay: each is refused and reported, and nothing arrives on the other side.

What the network guard does not see is in SECURITY.md; a test shows that too.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import conformance
from conformance.commands.torture.case import Case

PATIENCE = 180.0
"""Seconds after which a way counts as one that does not end."""

_PROCESS = """
import _socket, asyncio, atexit, contextlib, ctypes, multiprocessing, os, socket, subprocess, sys, threading
import concurrent.futures, shlex
import httpx
from conformance.recording.network_guard import guard_for_good, guarded, loopback, nothing

HOST, PORT, SERVICE = "127.0.0.1", int(sys.argv[1]), sys.argv[2]
ADDRESS = HOST, PORT
PROGRAM = f"import socket; socket.create_connection(('127.0.0.1', {PORT}))"
COMMAND = shlex.join([sys.executable, "-c", PROGRAM])

def reach(): socket.create_connection(ADDRESS, 1)

def Datagrams(family=socket.AF_INET): return socket.socket(family, socket.SOCK_DGRAM)

def last(): threading.main_thread().join(); reach()

class Kept:
    def __del__(self, reach=reach): reach()

class Other(socket.socket):
    family = socket.AF_UNIX

class Text(str):
    def __str__(self): return "localhost"

async def asked():
    await asyncio.open_connection(*ADDRESS)

async def started():
    await (await asyncio.create_subprocess_exec(sys.executable, "-c", PROGRAM)).wait()

def in_a_pool(method):
    context = multiprocessing.get_context(method)
    with concurrent.futures.ProcessPoolExecutor(1, context) as pool: pool.submit(reach).result(5)

def forked(fork):
    # Without a replay's refusal the child would go on and connect.
    child = fork()
    child = child[0] if isinstance(child, tuple) else child
    if child == 0:
        try: os.execv(sys.executable, [sys.executable, "-c", PROGRAM])
        finally: os._exit(0)
    os.waitpid(child, 0)

def c_library(): return ctypes.CDLL(None)

def interpreter():
    import _xxsubinterpreters as interpreters
    interpreters.run_string(interpreters.create(), PROGRAM)

if __name__ == "__main__":
    guard_for_good(RULE)
    BEFORE
    with guarded(nothing, sealed=True) as refusals, contextlib.suppress(BaseException):
        WAY
    print(len(refusals))
"""

_SOCKETS = {
    "a TCP connection": "socket.socket().connect(ADDRESS)",
    "connect_ex": "socket.socket().connect_ex(ADDRESS)",
    "create_connection": "reach()",
    "below the socket module": "_socket.socket().connect(ADDRESS)",
    "a datagram": "Datagrams().sendto(b'x', ADDRESS)",
    "sendmsg": "Datagrams().sendmsg([b'x'], [], 0, ADDRESS)",
    "a connected datagram": "sock = Datagrams(); sock.connect(ADDRESS); sock.send(b'x')",
    "a raw packet": "socket.socket(socket.AF_INET, socket.SOCK_RAW, 255).sendto(b'x', (HOST, 0))",
    "a lookup": "socket.getaddrinfo('host.invalid', 443)",
    "an old lookup": "socket.gethostbyname_ex('host.invalid')",
    "a reverse lookup": "socket.gethostbyaddr('192.0.2.1')",
    "asyncio": "asyncio.run(asked())",
    "httpx": "httpx.get(f'http://{HOST}:{PORT}', trust_env=False)",
    "a thread": "thread = threading.Thread(target=reach); thread.start(); thread.join()",
    "a socket that says it is another": "Other(socket.AF_INET).connect(ADDRESS)",
    "a host that says it is another": "socket.socket().connect((Text(HOST), PORT))",
    "another family": "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).connect((0, 0))",
}
_PROGRAMS = {
    "subprocess": "subprocess.run([sys.executable, '-c', PROGRAM])",
    "a shell": "subprocess.run(COMMAND, shell=True)",
    "os.system": "os.system(COMMAND)",
    "os.popen": "os.popen(COMMAND).read()",
    "os.posix_spawn": (
        "os.waitpid(os.posix_spawn(sys.executable, [sys.executable, '-c', PROGRAM], os.environ), 0)"
    ),
    "os.spawnv": "os.spawnv(os.P_WAIT, sys.executable, [sys.executable, '-c', PROGRAM])",
    "os.execv": "os.execv(sys.executable, [sys.executable, '-c', PROGRAM])",
    "os.fork": "forked(os.fork)",
    "os.forkpty": "forked(os.forkpty)",
    "a forked pool": "in_a_pool('fork')",
    "a spawned pool": "in_a_pool('spawn')",
    "a pool of a fork server": "in_a_pool('forkserver')",
    "asyncio's program": "asyncio.run(started())",
    "another interpreter": "interpreter()",
}
_C = {
    "connect of C": "c_library().connect",
    "sendto of C, by index": "c_library()['sendto']",
    "system of C": "c_library().system(COMMAND.encode())",
    "a system call by its number": "c_library().syscall",
    "a prototype of C": "ctypes.CFUNCTYPE(ctypes.c_int)(('getaddrinfo', c_library()))",
}
_HERE = {
    "a Unix socket": "socket.socket(socket.AF_UNIX).connect(SERVICE)",
    "a datagram to a Unix socket": "Datagrams(socket.AF_UNIX).sendto(b'x', SERVICE)",
    "a port that is open to others": "socket.create_server(('', 0))",
    "the same over IPv6": "socket.create_server(('::', 0), family=socket.AF_INET6)",
    "a datagram from others": "Datagrams().bind(('', 0))",
}
_LATER = {
    "at the exit": "atexit.register(reach)",
    "at the exit of a thread": "threading.Thread(target=last).start()",
    "in what is deleted last": "sys.kept = Kept()",
}
"""What runs after the replay: refused by the guard of the session, when nobody is left to be told."""


def refused(way: str, folder: Path, *, is_told: bool = True) -> str:
    """Try a way in a process under the guard, in front of a server that notices every connection."""
    # The guard of a session allows loopback; here it stands for another machine.
    program = _PROCESS.replace("RULE", "loopback" if is_told else "nothing").replace("BEFORE", "pass")
    (folder / "way.py").write_text(program.replace("WAY", way), "utf-8")
    with listening(folder) as (port, arrived):
        done = subprocess.run(
            [sys.executable, "way.py", str(port), "service"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(Path(conformance.__file__).parents[1])},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        if names := arrived():
            return f"something arrived: {', '.join(names)}"
    if done.returncode != 0 or not done.stdout.strip().isdigit():
        return f"the process ended with {done.returncode}: {done.stderr[-300:]}"
    return "nothing was reported" if is_told and done.stdout.strip() == "0" else ""


@contextlib.contextmanager
def listening(folder: Path) -> Iterator[tuple[int, partial[list[str]]]]:
    """The port of listeners, over TCP, UDP and Unix sockets, and a function that names those reached."""
    with contextlib.ExitStack() as stack:
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        udp = stack.enter_context(socket.socket(type=socket.SOCK_DGRAM))
        udp.bind(tcp.getsockname())
        unix = stack.enter_context(socket.socket(socket.AF_UNIX))
        unix.bind(str(folder / "service"))
        unix.listen()
        yield tcp.getsockname()[1], partial(_reached, (tcp, udp, unix))


def _reached(listeners: Sequence[socket.socket]) -> list[str]:
    found = []
    for each in listeners:
        each.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            each.recv(1) if each.type == socket.SOCK_DGRAM else each.accept()[0].close()
            found.append(f"{each.family.name} {each.type.name}")
    return found


_KINDS = {"sockets": _SOCKETS, "programs": _PROGRAMS, "C functions": _C, "this machine": _HERE}

CASES = (
    *(
        Case(f"a way out of a replay: {kind}", name, partial(refused, way))
        for kind, ways in _KINDS.items()
        for name, way in ways.items()
    ),
    *(
        Case("a way out after a replay", name, partial(refused, way, is_told=False))
        for name, way in _LATER.items()
    ),
)
