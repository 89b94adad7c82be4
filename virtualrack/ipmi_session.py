"""The server side of an IPMI 2.0 session with the cipher suites that a BMC is set to accept.

pyghmi's own ServerSession speaks suite 3 whatever was asked; this one also speaks 17, refuses the
rest as a BMC does, and answers a wrong user or password instead of staying silent.
"""
# pyghmi has no types: this module and bmc.py are the only ones that touch it.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUntypedBaseClass=false, reportUnknownParameterType=false
# pyright: reportMissingParameterType=false, reportPrivateUsage=false, reportAttributeAccessIssue=false

import hashlib
import hmac
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass

from pyghmi.ipmi.private import constants, serversession, session

from .rackfile import CipherSuite

# IPMI 2.0 table 13-15: RMCP+ status codes.
_NO_CIPHER_SUITE_MATCH, _UNAUTHORIZED_NAME, _INVALID_INTEGRITY_CHECK = 0x11, 0x0D, 0x0F
_ADMINISTRATOR = 4


@dataclass(frozen=True, slots=True)
class Algorithms:
    """A suite's numbers in tables 13-17 to 13-19, its hash, and the bytes of it a packet carries."""

    authentication: int
    integrity: int
    confidentiality: int
    hash: Callable[..., "hashlib._Hash"]
    check_bytes: int

    @property
    def numbers(self) -> tuple[int, int, int]:
        return self.authentication, self.integrity, self.confidentiality


ALGORITHMS = {
    CipherSuite.SHA1: Algorithms(1, 1, 1, hashlib.sha1, 12),
    CipherSuite.SHA256: Algorithms(3, 4, 1, hashlib.sha256, 16),
}


class SuiteSession(serversession.ServerSession):
    """One client's session. `bmc.cipher_suites` names the suites it may use."""

    def create_open_session_response(self, request: bytearray) -> bytearray:
        self.clientsessionid = request[4:8]
        self.managedsessionid = os.urandom(4)
        self.privlevel = _ADMINISTRATOR
        asked = (request[12], request[20], request[28])
        allowed = [ALGORITHMS[suite] for suite in self.bmc.cipher_suites]
        match = next((algorithms for algorithms in allowed if algorithms.numbers == asked), None)
        if match is None:
            return bytearray([request[0], _NO_CIPHER_SUITE_MATCH, 0, 0]) + self.clientsessionid
        self.currhashlib, self.currhashlen = match.hash, match.check_bytes
        proposals = b"".join(bytes([kind, 0, 0, 8, number, 0, 0, 0]) for kind, number in enumerate(match.numbers))
        header = bytearray([request[0], 0, self.privlevel, 0])
        return header + self.clientsessionid + self.managedsessionid + proposals

    def _got_rakp1(self, data: bytearray) -> None:
        self.Rm = data[8:24]
        self.rolem = data[24]
        self.maxpriv = self.rolem & 0b111
        self.username = bytes(data[28 : 28 + data[27]])
        password = self.authdata.get(self.username.decode("utf-8", "replace"))
        if password is None:
            refusal = bytearray([data[0], _UNAUTHORIZED_NAME, 0, 0]) + self.clientsessionid
            self.send_payload(refusal, constants.payload_types["rakp2"], retry=False)
            return
        self.uuiddata = self.uuid.bytes
        self.Rc = os.urandom(16)
        self.kuid = password.encode("utf-8")
        check = self._hmac(
            self.kuid,
            self.clientsessionid + self.managedsessionid + self.Rm + self.Rc + self.uuiddata + self._role_and_name(),
        )
        answer = bytearray([data[0], 0, 0, 0]) + self.clientsessionid + self.Rc + self.uuiddata + check
        self.send_payload(answer, constants.payload_types["rakp2"], retry=False)

    def _got_rakp3(self, data: bytearray) -> None:
        if data[1] != 0:
            return  # The client did not like our RAKP 2: nothing to go on with.
        expected = self._hmac(self.kuid, self.Rc + self.clientsessionid + self._role_and_name())
        if not hmac.compare_digest(expected, bytes(data[8:])):
            refusal = bytearray([data[0], _INVALID_INTEGRITY_CHECK, 0, 0]) + self.clientsessionid
            self.send_payload(refusal, constants.payload_types["rakp4"], retry=False)
            return
        # No Kg is set here, and the specification then uses the user's key in its place.
        self.sik = self._hmac(self.kuid, self.Rm + self.Rc + self._role_and_name())
        self.k1 = self._hmac(self.sik, b"\x01" * 20)
        self.k2 = self._hmac(self.sik, b"\x02" * 20)
        self.aeskey = self.k2[:16]
        self.localsid = struct.unpack("<I", self.managedsessionid)[0]
        self.ipmicallback = self.handle_client_request
        self._send_rakp4(data[0], 0)

    def _send_rakp4(self, tagvalue: int, statuscode: int) -> None:
        check = self._hmac(self.sik, self.Rm + self.managedsessionid + self.uuiddata)[: self.currhashlen]
        answer = bytearray([tagvalue, statuscode, 0, 0]) + self.clientsessionid + check
        self.send_payload(answer, constants.payload_types["rakp4"], retry=False)
        # From here on everything is encrypted and signed.
        self.confalgo, self.integrityalgo = "aes", "hmac"
        self.sequencenumber = 1
        self.sessionid = struct.unpack("<I", bytes(self.clientsessionid))[0]

    def hear_console(self, handler: Callable[[bytearray], None] | None) -> None:
        """Give serial-over-LAN packets of this session to `handler`."""
        self.sol_handler = handler

    def close_server_session(self) -> None:
        self.bmc.session_closed(self)
        session.Session.bmc_handlers.pop(self.sockaddr, None)

    def _role_and_name(self) -> bytes:
        return bytes([self.rolem, len(self.username)]) + self.username

    def _hmac(self, key: bytes, message: bytes | bytearray) -> bytes:
        return hmac.new(key, bytes(message), self.currhashlib).digest()
