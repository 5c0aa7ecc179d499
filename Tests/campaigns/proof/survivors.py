"""Mutants that no test kills, and why that is right: what they change cannot be seen, or only by measuring.

By function, and what the mutant says of itself.
"""

_CHARACTERS = "`safe` is a set of characters, and X is never escaped anyway."
_SAME_MOMENT = "The same moment on another clock; it is compared and counted, and written in UTC only."
_SAME_LENGTH = "Both were made of the same rows; `strict` is there for whoever changes that."

_UNNAMED = "The name of a condition is for what is said of it, and of this one nothing is."
_FALSE = "None counts as false."
_MINUTE = "It is more than a minute in either direction."
_HEADER = "Headers are read regardless of case."
_QUICKER = "Only quicker: what is no list and has no members is handed back in the end."
_NO_MARK = "None and an empty text are no mark alike."
_FEW_ROWS = "So few rows tell little, one more or less."
_NO_LOOK = "None and an empty text are no look alike."
_ONE_DELIVERY = "There is never more than one: the one before is waited for."
_AT_EACH_PAGE = "Of the seconds: the reader looks at them before each page too. Of the room, tests tell."
_SHORT_CUT = "Only quicker: the general form reads the API's own times too."
_UTF8 = "UTF-8 is the default where the tests run."
_LINE_ENDS = "They are changed on Windows alone."
_NO_THREAD = "There are no more threads: what is begun besides only waits for one of them."
_STOPPED = "What has not begun ends at its first page, because the reader has stopped."
_COPIED = "A time in the API's own form is copied, which spares writing the same text anew."

EXPLAINED: dict[tuple[str, str], str] = {
    ("api_base_url", '`""` is `"XXXX"`'): "Neither is a host of Absolute's, and the refusal shows what was typed.",
    ("api_base_url", '`"."` is `"XX.XX"`'): "A set of characters, and a host is in lower case.",
    (
        "build_jws",
        '`json.dumps({} if body is None else {"data": body}, separators=(",", ":"), ensure_ascii=False)` is '
        '`json.dumps({} if body is None else {"data": body}, separators=(",", ":"), ensure_ascii=None)`',
    ): _FALSE,
    (
        "build_jws",
        '`JWS.encode(payload.encode("utf-8"), key.key, algorithm=key.alg, headers=header, sort_headers=False)` is '
        '`JWS.encode(payload.encode("utf-8"), key.key, algorithm=key.alg, headers=header, sort_headers=None)`',
    ): _FALSE,
    ("Term.matches", "`False` is `None`"): _FALSE,
    ("redact", "`isinstance(value, SCALARS)` is `False`"): _QUICKER,
    ("redact", "`isinstance(inner, SCALARS)` is `False`"): _QUICKER,
    ("mask_secrets", "`json.dumps(masked, ensure_ascii=False)` is `json.dumps(masked, ensure_ascii=None)`"): _FALSE,
    ("sign_in_refused", "`0` is `1`"): _MINUTE,
    ("sign_in_refused", "`> 0` is `>= 0`"): _MINUTE,
    ("check_shape", '`""` is `"XXXX"`'): "Either is a text, as a page has it.",
    (
        "parse_raw_filter",
        '`r"\\b(substringof|startswith|endswith|ne|gt|ge|lt|le|not)\\b"` is '
        '`r"\\b(SUBSTRINGOF|STARTSWITH|ENDSWITH|NE|GT|GE|LT|LE|NOT)\\b"`',
    ): "They are read regardless of case.",
    ("read_error", '`"Date"` is `"DATE"`'): _HEADER,
    ("read_error", '`"Date"` is `"date"`'): _HEADER,
    ("read_error", '`"Retry-After"` is `"RETRY-AFTER"`'): _HEADER,
    ("read_error", '`"Retry-After"` is `"retry-after"`'): _HEADER,
    ("parse_http_date", '`""` is `"XXXX"`'): "Neither is a date.",
    ("why_not_connected", '`" "` is `"XX XX"`'): "It stands between texts, and what is looked for stands in one of them.",
    ("Guard.protects", "`self.protected` is `True`"): "Only quicker: without entries nothing is compared.",
    ("parse_term", "`'\"'` is `'XX\"XX'`"): "A set of characters; no example begins or ends with an X.",
    ("halves", '`""` is `"XXXX"`'): "Neither is an expression that could be cut.",
    ("redact", '`""` is `"XXXX"`'): "Neither is the name of a secret.",
    ("percent_encoded", '`"()"` is `"XX()XX"`'): _CHARACTERS,
    ("resolve_targets", "`guard.check_count(len(selection.devices))` is left out"): (
        "A second fence: the values were counted before the first call, and each has matched exactly one device."
    ),
    ("missing_incidents", "`zip(rows, names, strict=True)` is `zip(rows, names, strict=None)`"): _SAME_LENGTH,
    ("missing_incidents", "`zip(rows, names, strict=True)` is `zip(rows, names, )`"): _SAME_LENGTH,
    ("missing_incidents", "`True` is `False`"): _SAME_LENGTH,
    ("unchecked_targets", '`uid("device_ids", value)` is `uid(None, value)`'): (
        "The name is for a refusal, and what is no UUID was refused before the first call."
    ),
    ("spelled_otherwise", "`Criterion(term.typed, tuple(forms))` is `Criterion(None, tuple(forms))`"): _UNNAMED,
    ("other_spellings", '`DOMAIN_MARKS.get(criterion.argument, "")` is `DOMAIN_MARKS.get(criterion.argument, None)`'): _NO_MARK,
    ("other_spellings", '`DOMAIN_MARKS.get(criterion.argument, "")` is `DOMAIN_MARKS.get(criterion.argument, )`'): _NO_MARK,
    ("devices_named", '`Criterion("body", terms)` is `Criterion(None, terms)`'): _UNNAMED,
    ("devices_named", '`"body"` is `"BODY"`'): _UNNAMED,
    ("devices_named", '`"body"` is `"XXbodyXX"`'): _UNNAMED,
    ("touched_devices", '`""` is `"XXXX"`'): "Neither is a path in which a device could be named.",
    ("any_request", '`"GET"` is `"get"`'): "Methods are read regardless of case.",
    ("any_request", '`"?"` is `"XX?XX"`'): "A set of characters; no parameter of the API begins with an X.",
    ("changes", "`''` is `'XXXX'`"): "Neither holds a change.",
    ("xsiam_event", '`"eventDateTimeUtc"` is `"XXeventDateTimeUtcXX"`'): _COPIED,
    ("xsiam_event", '`"eventDateTimeUtc"` is `"EVENTDATETIMEUTC"`'): _COPIED,
    ("xsiam_event", '`"eventDateTimeUtc"` is `"eventdatetimeutc"`'): _COPIED,
    ("xsiam_event", "`parse_api_time(moment)` is `False`"): _COPIED,
    ("xsiam_event", "`parse_api_time(moment)` is `parse_api_time(None)`"): _COPIED,
    ("xsiam_event", '`row.data.get("eventDateTimeUtc")` is `row.data.get(None)`'): _COPIED,
    ("FetchType.steady_from", "`self.retention // MILLISECOND` is `self.retention / MILLISECOND`"): (
        "It is a whole number of milliseconds anyway."
    ),
    (
        "parse_http_date",
        "`moment.replace(tzinfo=moment.tzinfo or timezone.utc).astimezone(timezone.utc)` is "
        "`moment.replace(tzinfo=moment.tzinfo or timezone.utc).astimezone(None)`",
    ): _SAME_MOMENT,
    ("first_part", "`window.width // FIRST_PARTS` is `window.width / FIRST_PARTS`"): "It is cut to whole seconds anyway.",
    ("ReadAhead.slices", "`piece.width // PARTS` is `piece.width / PARTS`"): "It is cut to whole seconds anyway.",
    ("ReadAhead._read_on", "`>= READERS` is `> READERS`"): _NO_THREAD,
    ("ReadAhead._read_on", "`busy = sum(one.under_way for one in self._queue) >= READERS` is `busy = None`"): _NO_THREAD,
    (
        "ReadAhead._size",
        "`>= self._edges[0]` is `> self._edges[0]`",
    ): "One slice is a page then, where it might have been several.",
    ("in_time_order", "`ahead.cancel()` is left out"): _STOPPED,
    ("in_time_order", '`density = None` is `density = ""`'): "None and an empty text are no density alike.",
    ("ReadAhead.cancel", "`one.future` is `False`"): _STOPPED,
    ("ReadAhead.cancel", "`one.future.cancel()` is left out"): _STOPPED,
    ("source_batches", "`< look.window.end - CLOCK_MS` is `<= look.window.end - CLOCK_MS`"): (
        "A minute is much for what has to be less than it."
    ),
    (
        "ReadAhead.slices",
        "`self._know(self._density, piece, Density(error.rows, piece.width))` is "
        "`self._know(None, piece, Density(error.rows, piece.width))`",
    ): "A small slice is tried then, although enough is known.",
    ("ReadAhead._note", "`>= FEW` is `> FEW`"): _FEW_ROWS,
    ("in_time_order", "`>= FEW` is `> FEW`"): _FEW_ROWS,
    (
        "source_batches",
        "`whole_second(source.steady_from(milliseconds(now))) + SECOND_MS` is "
        "`whole_second(source.steady_from(milliseconds(now))) - SECOND_MS`",
    ): "Only where slices are cut: whether rows can go from one, its reader looks itself.",
    ("FetchRun.run", '`look = None` is `look = ""`'): _NO_LOOK,
    ("source_batches", '`look = None` is `look = ""`'): _NO_LOOK,
    ("FetchRun._fetch", "`ThreadPoolExecutor(1)` is `ThreadPoolExecutor(None)`"): _ONE_DELIVERY,
    ("FetchRun._fetch", "`1` is `2`"): _ONE_DELIVERY,
    ("FetchRun._fetch", "`<= 0` is `< 0`"): _AT_EACH_PAGE,
    ("FetchRun._fetch", "`0` is `1`"): _AT_EACH_PAGE,
    ("FetchRun._refused_again", "`False` is `None`"): "A condition is false with either.",
    ("ReadAhead._begin", "`<= min(width, self._longest)` is `< min(width, self._longest)`"): (
        "A rest of exactly that width is then cut at the edges, as a longer one is."
    ),
    ("ReadAhead._note", "`self._least.rows - rows` is `self._least.rows + rows`"): (
        "Less than FEW rows, of the thousands that there are at least, decide nothing."
    ),
    ("ReadAhead._begin", "`1` is `2`"): "It is the last slice: what may be held besides does not matter any more.",
    ("ReadAhead._size", "`1` is `2`"): "A slice that is tried counts for two pages of those that may be held.",
    ("SliceReader._walk", "`smallest` is `False`"): "The same rows, but all of them are in memory.",
    ("SliceReader._walk", "`walk.keep_first()` is left out"): "The same rows, but all of them are in memory.",
    ("SliceReader._walk", "`smallest` is `True`"): "A slice of more than a second has fewer rows than would be left out.",
    ("SliceReader.read", "`> piece.start` is `>= piece.start`"): "Rows before a slice belong to the one before it.",
    ("first_look", "`SliceReader(server, source, progress, time_left)` is `SliceReader(server, source, None, time_left)`"): (
        "Only of a single second it matters what was delivered, and a look is longer."
    ),
    ("parse_utc", "`parse_api_time(text)` is `parse_api_time(None)`"): _SHORT_CUT,
    ("parse_utc", "`moment := parse_api_time(text)` is `False`"): _SHORT_CUT,
    ("parse_utc", '`""` is `"XXXX"`'): "Neither is a time.",
    (
        "RowsFile.__init__",
        '`war_room_path(self.file_id).open("w", encoding="utf-8")` is `war_room_path(self.file_id).open("w", encoding=None)`',
    ): _UTF8,
    (
        "RowsFile.__init__",
        '`war_room_path(self.file_id).open("w", encoding="utf-8")` is `war_room_path(self.file_id).open("w", )`',
    ): _UTF8,
    (
        "RowsFile.entries",
        '`war_room_path(self.file_id).open(encoding="utf-8")` is `war_room_path(self.file_id).open(encoding=None)`',
    ): _UTF8,
    (
        "RowsFile.entries",
        '`war_room_path(csv_id).open("w", encoding="utf-8-sig", newline="")` is '
        '`war_room_path(csv_id).open("w", encoding="utf-8-sig", newline=None)`',
    ): _LINE_ENDS,
    (
        "RowsFile.entries",
        '`war_room_path(csv_id).open("w", encoding="utf-8-sig", newline="")` is '
        '`war_room_path(csv_id).open("w", encoding="utf-8-sig", )`',
    ): _LINE_ENDS,
    ("wildcard_match", '`"*" in pattern` is `True`'): "Only quicker: a pattern without a star fits the same text alone.",
    ("newly_non_compliant", '`""` is `"XXXX"`'): "Neither is what a device fails for.",
}
