"""The BMC's end of serial-over-LAN: nothing lost, nothing twice, and a dead console is let go."""

from virtualrack.sol import CHUNK, RETRY_S, TRIES, SolPort


class Console:
    """The packets a BMC sent, and the acknowledgements a console would give."""

    def __init__(self) -> None:
        self.packets: list[bytes] = []
        self.port = SolPort(self.packets.append)

    def acknowledge(self, packet: bytes, accepted: int | None = None) -> None:
        count = len(packet) - 4 if accepted is None else accepted
        self.port.receive(bytes([0, packet[0], count, 0]), 0.0)


def test_output_goes_out_one_acknowledged_packet_at_a_time() -> None:
    console = Console()
    console.port.write(b"a" * (CHUNK + 1), 0.0)
    assert [len(p) - 4 for p in console.packets] == [CHUNK]
    console.acknowledge(console.packets[0])
    assert [len(p) - 4 for p in console.packets] == [CHUNK, 1]


def test_64_kib_come_out_whole() -> None:
    console = Console()
    text = bytes(range(256)) * 256
    console.port.write(text, 0.0)
    for packet in console.packets:  # Grows while acknowledged.
        console.acknowledge(packet)
    assert b"".join(p[4:] for p in console.packets) == text


def test_what_was_only_partly_accepted_is_sent_again_under_a_new_number() -> None:
    console = Console()
    console.port.write(b"hello", 0.0)
    console.acknowledge(console.packets[0], accepted=2)
    assert console.packets[1][4:] == b"llo"
    assert console.packets[1][0] != console.packets[0][0]


def test_an_unanswered_packet_is_repeated_and_then_the_console_is_given_up() -> None:
    console = Console()
    console.port.write(b"x", 0.0)
    for second in range(1, TRIES):
        console.port.tick(second * RETRY_S)
    assert console.packets == [console.packets[0]] * TRIES
    assert console.port.alive
    console.port.tick(TRIES * RETRY_S)
    assert not console.port.alive


def test_typing_is_acknowledged_and_taken_once() -> None:
    console = Console()
    typed = bytes([3, 0, 0, 0]) + b"ls\r"
    assert console.port.receive(typed, 0.0) == b"ls\r"
    assert console.port.receive(typed, 0.1) == b""
    assert console.packets == [bytes([0, 3, 3, 0])] * 2


def test_sequence_numbers_never_are_zero() -> None:
    console = Console()
    for _ in range(20):
        console.port.write(b"x", 0.0)
        console.acknowledge(console.packets[-1])
    assert [p[0] for p in console.packets[13:17]] == [14, 15, 1, 2]
