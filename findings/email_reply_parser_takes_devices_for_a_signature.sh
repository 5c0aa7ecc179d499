#!/usr/bin/env bash
# email-reply-parser takes a list of devices for the signature
#
# Guess: The reply loses what is quoted, and a signature after '-- ' (RFC 3676, section 4.3). A list
#   in the middle, with dashes before its names, stays, and so does what follows it.
#
# Seen: A paragraph is a signature if it begins with a dash and a letter or digit, with two dashes
#   or two underscores: the list is gone, and with it whatever stands below in the same mail. With a
#   blank behind the dash it stays. mail-parser-reply keeps it all.
#
# Versions: email-reply-parser 0.5.12, mail-parser-reply 1.36; Python 3.11
#
# Matters: 'Please freeze these two:' reaches the case without the two, and so does 'do not wipe
#   them' below.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    email-reply-parser==0.5.12 mail-parser-reply==1.36

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

from email_reply_parser import EmailReplyParser
from mailparser_reply import EmailReplyParser as OtherParser

print("email-reply-parser", version("email-reply-parser"), "and mail-parser-reply", version("mail-parser-reply"))
MAILS = {
    "dash": "Please freeze these two:\n\n-LAB-1\n-LAB-2\n\nDo not wipe them.",
    "dash and blank": "Please freeze these two:\n\n- LAB-1\n- LAB-2\n\nDo not wipe them.",
    "rule": "Please freeze these two:\n\n_________\nLAB-1\nLAB-2\n\nDo not wipe them.",
}
found = {name: EmailReplyParser.parse_reply(mail) for name, mail in MAILS.items()}
for name, mail in MAILS.items():
    other = OtherParser(languages=["en"]).read(mail).latest_reply
    print(f"{name}: {found[name]!r}; mail-parser-reply {other!r}")
    assert other == mail
assert found["dash"] == found["rule"] == "Please freeze these two:"
assert found["dash and blank"] == MAILS["dash and blank"]
PYTHON
