"""What signs a call: secrets and keys in every form in which people have them, and the JWS that carries the call."""

import json
import shutil
import subprocess
import warnings
from pathlib import Path
from typing import Any

import jwt
import pytest
from Absolute import ArgumentError, asymmetric_key, build_jws, signing_key, symmetric_key
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from unit.library_behaviour import der

TOKEN_ID = "00000000-aaaa-4bbb-8ccc-1234567890ab"
VALUE = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
PKCS8, SEC1 = der.pem("PRIVATE KEY", der.pkcs8(der.sec1(VALUE))), der.pem("EC PRIVATE KEY", der.sec1(VALUE))
EC_PARAMETERS = der.pem("EC PARAMETERS", der.PRIME256V1)
BY_NUMBERS = der.explicit_parameters(compressed=True)


def private_value(text: str) -> int:
    found: int = asymmetric_key(text).key.private_numbers().private_value
    return found


def pem(key: Any, password: bytes | None = None) -> str:
    lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    text: str = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock).decode()
    return text


class TestTokens:
    def test_a_private_key_is_recognised_in_the_secret(self) -> None:
        assert signing_key(PKCS8, "").alg == "ES256"
        assert signing_key("c2VjcmV0==", "").alg == "HS256"
        assert signing_key("c2VjcmV0==", PKCS8).alg == "ES256"

    def test_blanks_around_a_secret_are_not_part_of_it(self) -> None:
        assert signing_key(" c2VjcmV0 \n", " ") == signing_key("c2VjcmV0", "")

    def test_a_short_secret_is_no_warning(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            signed = build_jws(symmetric_key("word"), TOKEN_ID, "GET", "/v3/x", "", None, 1)
        header = json.loads(jwt.utils.base64url_decode(signed.split(".")[0]))
        assert header["alg"] == "HS256"

    def test_a_key_does_not_show_itself(self) -> None:
        assert "not-a-real-secret" not in repr(symmetric_key("not-a-real-secret"))

    @pytest.mark.parametrize("secret", ['{"kty": "oct", "k": "c2VjcmV0"}', "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB", "\ud800"])
    def test_a_secret_that_is_none(self, secret: str) -> None:
        with pytest.raises(ArgumentError, match=r"^Secret Key: it is no secret"):
            signing_key(secret, "")

    def test_a_member_is_written_in_ascii_and_a_body_as_it_is(self) -> None:
        head, payload, _ = build_jws(symmetric_key("word"), "é", "PUT", "/v3/x", "", ["Zürich"], 1).split(".")
        assert jwt.utils.base64url_decode(head).startswith(b'{"alg":"HS256","kid":"\\u00e9","method":"PUT","content-type":')
        assert jwt.utils.base64url_decode(payload) == '{"data":["Zürich"]}'.encode()


class TestForms:
    """Keys that openssl reads are read here, however they were pasted."""

    @pytest.mark.parametrize("text", [PKCS8, SEC1, EC_PARAMETERS + SEC1], ids=["PKCS#8", "SEC1", "with parameters"])
    @pytest.mark.parametrize(
        "instead",
        ["\n", " ", "", "\\n", "\\r\\n", "\\\\n", "\r\n", "\n    ", "\N{NO-BREAK SPACE}", "\N{ZERO WIDTH SPACE}\n"],
        ids=["intact", "blanks", "one line", "\\n", "\\r\\n", "\\\\n", "CRLF", "indented", "no-break", "zero-width"],
    )
    def test_line_breaks_in_any_form(self, text: str, instead: str) -> None:
        assert private_value(f"\ufeff \n{text.replace(chr(10), instead)}") == VALUE

    def test_it_signs(self) -> None:
        signed = build_jws(asymmetric_key(PKCS8), TOKEN_ID, "GET", "/v3/x", "", None, 1)
        assert len(signed.split(".")[2]) == 86, "raw r||s of 64 bytes, not DER"
        public = ec.derive_private_key(VALUE, ec.SECP256R1()).public_key()
        assert jwt.PyJWS().decode(signed, public, algorithms=["ES256"]) == b"{}"

    @given(
        value=st.integers(1, der.ORDER - 1) | st.integers(1, 2**248) | st.integers(1, 255),
        padding=st.integers(0, 2),
        parameters=st.sampled_from([der.PRIME256V1, der.explicit_parameters(), BY_NUMBERS]),
        wrapped=st.booleans(),
        public=st.booleans(),
        compressed=st.booleans(),
    )
    def test_every_way_to_write_a_key(
        self, value: int, padding: int, parameters: bytes, wrapped: bool, public: bool, compressed: bool
    ) -> None:
        size = -(-value.bit_length() // 8) + padding
        inner = der.sec1(value, size, parameters, compressed, public)
        text = der.pem("PRIVATE KEY", der.pkcs8(inner)) if wrapped else der.pem("EC PRIVATE KEY", inner)
        assert private_value(text) == value

    @pytest.mark.parametrize("options", [[], ["-param_enc", "explicit"], ["-conv_form", "compressed", "-param_enc", "explicit"]])
    def test_keys_of_openssl(self, options: list[str], tmp_path: Path) -> None:
        openssl = shutil.which("openssl")
        if not openssl:
            pytest.skip("openssl is not installed")
        file = tmp_path / "ec.pem"
        for line in (
            ["ecparam", "-name", "prime256v1", "-genkey", *options, "-out", str(file)],
            ["pkcs8", "-topk8", "-nocrypt", "-in", str(file), "-out", str(tmp_path / "private.pem")],
        ):
            subprocess.run([openssl, *line], check=True, capture_output=True)
        assert private_value(file.read_text()) == private_value((tmp_path / "private.pem").read_text())


class TestRefusals:
    def test_a_short_value_beside_another_public_key(self) -> None:
        damaged = der.sec1(VALUE >> 8, size=31)[:-1] + b"\0"
        with pytest.raises(ArgumentError, match="damaged"):
            asymmetric_key(der.pem("EC PRIVATE KEY", damaged))

    @pytest.mark.parametrize("value", [0, der.ORDER, der.ORDER + 1])
    def test_a_value_that_no_key_has(self, value: int) -> None:
        content = der.der(0x30, der.integer(1), der.der(4, value.to_bytes(32, "big")), der.der(0xA0, der.PRIME256V1))
        with pytest.raises(ArgumentError, match="damaged"):
            asymmetric_key(der.pem("EC PRIVATE KEY", content))

    def test_another_curve_written_out_in_numbers(self) -> None:
        other = BY_NUMBERS.replace(der.B.to_bytes(32, "big"), (der.B + 1).to_bytes(32, "big"))
        with pytest.raises(ArgumentError, match="damaged"):
            asymmetric_key(der.pem("EC PRIVATE KEY", der.sec1(VALUE, parameters=other)))

    @given(st.integers(0, 120), st.binary(min_size=1, max_size=4))
    def test_damage_never_gives_another_key(self, at: int, bytes_: bytes) -> None:
        content = der.pkcs8(der.sec1(VALUE >> 8, size=31))
        damaged = content[:at] + bytes_ + content[at + len(bytes_) :]
        try:
            assert private_value(der.pem("PRIVATE KEY", damaged)) == VALUE >> 8
        except ArgumentError:
            assert damaged != content

    @pytest.mark.parametrize(
        ("secret", "private_key", "said"),
        [
            ("", "", "Secret Key: it is empty"),
            ("", "nonsense", "is not a PEM"),
            ("", pem(ec.generate_private_key(ec.SECP384R1())), "prime256v1"),
            ("", PKCS8.replace("M", "*", 3), "damaged"),
            ("", PKCS8[:60] + PKCS8[64:], "damaged"),
            ("", der.pem("PRIVATE KEY", b""), "damaged"),
            ("", PKCS8 + der.pem("PRIVATE KEY", der.pkcs8(der.sec1(VALUE - 1))), "the text holds 2 private keys"),
            (
                "",
                der.pem("PUBLIC KEY", b"AAAA") + der.pem("RSA PRIVATE KEY", b"AAAA"),
                "holds a PUBLIC KEY and a RSA PRIVATE KEY",
            ),
            ("", pem(ec.generate_private_key(ec.SECP256R1()), b"word"), "ENCRYPTED PRIVATE KEY.*openssl pkey -in encrypted.pem"),
            (
                "",
                SEC1.replace("\n", "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n", 1),
                "openssl pkey -in encrypted.pem",
            ),
        ],
    )
    def test_useless_keys_are_refused_in_words(self, secret: str, private_key: str, said: str) -> None:
        with pytest.raises(ArgumentError, match=said) as refused:
            signing_key(secret, private_key)
        assert any(word in str(refused.value) for word in ("openssl", "symmetric", "of this token"))
