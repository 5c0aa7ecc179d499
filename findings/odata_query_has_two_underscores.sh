#!/usr/bin/env bash
# startswith(name,'LAB_1') finds too much, the right device or nothing, by the backend of odata-query
#
# Guess: An OData filter means the same for each backend: startswith compares characters, and a
#   host name may have an underscore.
#
# Seen: Over SQLAlchemy the underscore of the value is a wildcard of LIKE: LABX1 and LAB-1 are
#   found too, and contains(name,'50%') finds 500. For SQLite as text it is doubled, which escapes
#   nothing: LAB_1 itself is not found. Over Django the answer is right.
#
# Versions: odata-query 0.10.0, SQLAlchemy 2.1.9, Django 5.2.19; Python 3.11
#
# Matters: Host names with underscores are common, and one filter picks three sets of machines.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    odata-query==0.10.0 SQLAlchemy==2.1.9 Django==5.2.19

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import logging
import sqlite3
from importlib.metadata import version

import django
import sqlalchemy as sa
from django.conf import settings
from odata_query.django import apply_odata_query as over_django
from odata_query.grammar import ODataLexer, ODataParser
from odata_query.sql import AstToSqliteSqlVisitor
from odata_query.sqlalchemy import apply_odata_query as over_sqlalchemy
from sqlalchemy.orm import Session, declarative_base

print("odata-query", version("odata-query"), "SQLAlchemy", version("SQLAlchemy"), "Django", version("Django"))
logging.disable(logging.CRITICAL)
NAMES = ["LAB_1", "LABX1", "LAB-1", "50%", "500"]

base = declarative_base()


class Device(base):
    __tablename__ = "device"
    name = sa.Column(sa.String, primary_key=True)


engine = sa.create_engine("sqlite://")
base.metadata.create_all(engine)
session = Session(engine)
session.add_all(Device(name=name) for name in NAMES)
session.commit()

database = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
settings.configure(DATABASES={"default": database}, DEFAULT_AUTO_FIELD="django.db.models.AutoField")
django.setup()
from django.db import connection, models  # after the settings


class Machine(models.Model):
    name = models.CharField(max_length=9)

    class Meta:
        app_label = "machines"


with connection.schema_editor() as editor:
    editor.create_model(Machine)
for name in NAMES:
    Machine.objects.create(name=name)

plain = sqlite3.connect(":memory:")
plain.execute("create table device (name)")
plain.executemany("insert into device values (?)", [(name,) for name in NAMES])


def found(text):
    where = AstToSqliteSqlVisitor().visit(ODataParser().parse(ODataLexer().tokenize(text)))
    answers = (
        sorted(session.scalars(over_sqlalchemy(sa.select(Device.name), text))),
        sorted(machine.name for machine in over_django(Machine.objects, text)),
        sorted(name for (name,) in plain.execute(f"select name from device where {where}")),
    )
    print(f"{text}: SQLAlchemy {answers[0]}, Django {answers[1]}, SQLite as text {answers[2]}")
    return answers


assert found("name eq 'LAB_1'") == (["LAB_1"], ["LAB_1"], ["LAB_1"])
assert found("startswith(name,'LAB_1')") == (["LAB-1", "LABX1", "LAB_1"], ["LAB_1"], [])
assert found("contains(name,'50%')") == (["50%", "500"], ["50%"], ["50%", "500"])
PYTHON
