"""What stands between a client and a server on loopback: certificates, and a proxy that fails when it is told to."""
