#!/usr/bin/env bash
# requests says ProxyError when everything was sent, and ConnectionError when nothing was
#
# Guess: ProxyError means that the proxy could not be used, so the server never saw the request; a
#   broken connection is the uncertain case.
#
# Seen: A tunnel that breaks after the server has read the whole body is a ProxyError. A proxy that
#   hangs up on CONNECT, when no byte of the request can have left, is a ConnectionError.
#
# Versions: requests 2.34.2, urllib3 2.8.0, cryptography 50.0.2 (for the certificate); Python 3.11
#
# Matters: Whoever repeats an action after ProxyError, because it was surely not sent, repeats just
#   those that were.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    requests==2.34.2 urllib3==2.8.0 cryptography==50.0.2

unset HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import datetime
import ipaddress
import socket
import ssl
import tempfile
import threading
from importlib.metadata import version
from pathlib import Path

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

key = ec.generate_private_key(ec.SECP256R1())
name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
now = datetime.datetime.now(datetime.timezone.utc)
certificate = (
    x509.CertificateBuilder()
    .subject_name(name)
    .issuer_name(name)
    .public_key(key.public_key())
    .serial_number(x509.random_serial_number())
    .not_valid_before(now - datetime.timedelta(hours=1))
    .not_valid_after(now + datetime.timedelta(hours=1))
    .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
    .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    .sign(key, hashes.SHA256())
)
private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
folder = tempfile.TemporaryDirectory()
pem = Path(folder.name, "server.pem")
pem.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(pem)


def read(connection, end):
    text = b""
    while not text.endswith(end):
        text += connection.recv(65536)


def hang_up_on_connect(connection, arrived):
    read(connection, b"\r\n\r\n")


def hang_up_after_the_request(connection, arrived):
    """Proxy and server in one: what it reads within the tunnel, the server has read."""
    read(connection, b"\r\n\r\n")
    connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
    with context.wrap_socket(connection, server_side=True) as tunnel:
        read(tunnel, b"wipe")
        arrived.append("wipe")


def post_through(behaviour):
    arrived = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            with server.accept()[0] as connection:
                behaviour(connection, arrived)

        thread = threading.Thread(target=serve)
        thread.start()
        proxy = f"http://127.0.0.1:{server.getsockname()[1]}"
        try:
            requests.post("https://127.0.0.1/", data=b"wipe", proxies={"https": proxy}, verify=str(pem), timeout=10)
        except requests.RequestException as error:
            thread.join()
            return type(error).__name__, len(arrived)


print("requests", version("requests"), "urllib3", version("urllib3"))
nothing, everything = post_through(hang_up_on_connect), post_through(hang_up_after_the_request)
print("proxy hangs up on CONNECT:       ", *nothing, "request(s) at the server")
print("proxy hangs up after the request:", *everything, "request(s) at the server")
assert nothing == ("ConnectionError", 0), nothing
assert everything == ("ProxyError", 1), everything
PYTHON
