"""The server: a parent without logic that keeps its processes running, and what each of them does."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import structlog
import uvicorn
from starlette.applications import Starlette

from rackwright import logs, wiring
from rackwright.app.check_networks import check_networks, refused_dhcp
from rackwright.app.finding import Level
from rackwright.app.tokens import first_token
from rackwright.dhcp.dnsmasq import prepare_dnsmasq
from rackwright.host import LocalHost
from rackwright.render.dnsmasq import dnsmasq_config
from rackwright.settings import Settings, read_settings
from rackwright.store.migrate import migrate
from rackwright.values.errors import OperatorMustFix, RackwrightError, Transient
from rackwright.words import language_of, say
from rackwright.work.effects import EffectRunner
from rackwright.work.reconciler import Reconciler
from rackwright.work.watch_dhcp import DhcpWatch

log = structlog.get_logger()
PROCESSES = ("door", "office", "work")
TICK_S = 0.5
PARENT = "RACKWRIGHT_PARENT"
BuildWork = Callable[[wiring.Wired], wiring.Work]


def serve(config: Path | None) -> int:
    """Runs until it is told to stop. Returns the exit status: 1 when the host is not fit, with the reason."""
    logs.set_up("serve")
    try:
        settings = read_settings(config)
        commands = _prepare(settings, config)
    except RackwrightError as error:
        return _refuse("serve", error)
    return _Parent(commands, settings).run()


def _refuse(name: str, error: RackwrightError) -> int:
    """What a person must put right is one sentence, not a traceback."""
    sys.stderr.write(f"rackwright {name}: {say(language_of(os.environ), error.key, error.values)}\n")
    return 1


def _prepare(settings: Settings, config: Path | None) -> dict[str, list[str]]:
    """Everything that must be right before the first process starts, and the command of each."""
    try:
        settings.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        wrong = {"path": str(settings.state_dir), "error": error.strerror}
        raise OperatorMustFix("state_dir_not_writable", **wrong) from error
    _refuse_second_dhcp(settings)
    # Here a port that is taken ends the start with its reason; later it would end a process again and again.
    wiring.try_to_listen(settings)
    wired = wiring.wire(settings)
    migrate(wired.store.engine)
    token = first_token(wired.store, wiring.now_us(), settings.state_dir)
    wired.store.close()
    if token:
        sys.stdout.write(f"The first admin's token, shown once: {token}\n")
        sys.stdout.flush()
    given = ["--config", str(config)] if config else []
    commands = {name: [sys.executable, "-m", "rackwright.main", name, *given] for name in PROCESSES}
    if any(network.dhcp for network in settings.networks()):
        text = dnsmasq_config(
            settings.networks(),
            door_port=settings.door.port,
            door_url=settings.door.url,
            ipxe_dir=settings.ipxe_dir,
            state_dir=settings.state_dir,
        )
        commands["dnsmasq"] = ["setpriv", "--pdeathsig", "TERM", *prepare_dnsmasq(text, settings.state_dir)]
    return commands


def _refuse_second_dhcp(settings: Settings) -> None:
    """Two DHCP servers on one network break every machine on it: better not to start at all."""
    with_dhcp = [network for network in settings.networks() if network.dhcp]
    findings = list(check_networks(with_dhcp, settings.door.port, LocalHost()))
    refused = refused_dhcp(findings)
    for finding in findings:
        if finding.values.get("network") in refused and finding.level is Level.ERROR:
            raise OperatorMustFix(finding.key, **finding.values)


class _Parent:
    """Starts each process, starts it again with a growing pause when it ends, and ends them all in order."""

    def __init__(self, commands: dict[str, list[str]], settings: Settings) -> None:
        self._commands = commands
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._pause_s: dict[str, float] = {}
        self._start_at: dict[str, float] = dict.fromkeys(commands, 0.0)
        self._stopping = False
        self._pass = () if settings.api.passed_in is None else (settings.api.passed_in,)

    def run(self) -> int:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        log.info("serving", processes=" ".join(self._commands))
        while not self._stopping:
            self._start_due()
            self._note_ended()
            time.sleep(0.1)
        self._end_all()
        return 0

    def _stop(self, _number: int, _frame: object) -> None:
        self._stopping = True

    def _start_due(self) -> None:
        for name, at in list(self._start_at.items()):
            if time.monotonic() >= at:
                del self._start_at[name]
                self._running[name] = subprocess.Popen(
                    self._commands[name],
                    stdin=subprocess.DEVNULL,
                    env=os.environ | {PARENT: str(os.getpid())},
                    pass_fds=self._pass if name == "office" else (),
                    # Ctrl-C reaches the parent alone, which ends the others in order.
                    start_new_session=True,
                )

    def _note_ended(self) -> None:
        for name, process in list(self._running.items()):
            status = process.poll()
            if status is None:
                continue
            del self._running[name]
            pause = self._pause_s[name] = min(max(1.0, 2 * self._pause_s.get(name, 0.5)), 30.0)
            self._start_at[name] = time.monotonic() + pause
            log.error("process_ended", process=name, status=status, again_in_s=pause)

    def _end_all(self) -> None:
        for process in self._running.values():
            process.terminate()
        until = time.monotonic() + 10
        for name, process in self._running.items():
            try:
                process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("process_killed", process=name)
                process.kill()


def run_process(name: str, config: Path | None, build_work: BuildWork = wiring.work) -> None:
    """One process of the server, until it is told to stop. It ends with its parent, whatever ends that."""
    _end_with_parent()
    logs.set_up(name)
    try:
        _run(name, read_settings(config), build_work)
    except RackwrightError as error:
        sys.exit(_refuse(name, error))


def _run(name: str, settings: Settings, build_work: BuildWork) -> None:
    wired = wiring.wire(settings)
    match name:
        case "door":
            _serve(wiring.door(wired), wiring.door_sockets(settings))
        case "office":
            _serve(wiring.office(wired), [wiring.api_socket(settings)])
        case _:
            _work(*build_work(wired))


def _serve(app: Starlette, sockets: list[socket.socket]) -> None:
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, timeout_graceful_shutdown=5, server_header=False
    )
    uvicorn.Server(config).run(sockets=sockets)


def _work(reconciler: Reconciler, runner: EffectRunner, dhcp: DhcpWatch) -> None:
    stopping: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda n, _: stopping.append(n))
    while not stopping:
        try:
            reconciler.tick()
            runner.run_due()
            dhcp.look()
        except Transient as error:
            log.warning("tick_put_off", error=str(error))
        time.sleep(TICK_S)
    runner.close()


def _end_with_parent() -> None:
    """PR_SET_PDEATHSIG: a server that was killed leaves no process that goes on without it."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if os.environ.get(PARENT, "") != str(os.getppid()):
        sys.exit("rackwright: started without its parent, or the parent is gone")


if __name__ == "__main__":
    run_process(sys.argv[1], Path(sys.argv[3]) if len(sys.argv) > 3 else None)
