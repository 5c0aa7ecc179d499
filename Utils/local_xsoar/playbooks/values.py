"""What a value of a playbook is at the moment it is needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from local_xsoar import command_line
from local_xsoar.context import REFERENCE, Context, as_list, look_up
from local_xsoar.playbooks import filters
from local_xsoar.playbooks.model import Comparison, Complex, Criteria, Operand, Text, Value
from local_xsoar.playbooks.paths import WHOLE
from local_xsoar.playbooks.transformers import RunScript, single, transform


@dataclass
class Scope:
    """Everything that `${path}` can reach in a running playbook. `named` holds what does not live in the context."""

    context: Context
    named: dict[str, Any]
    run_script: RunScript

    def get(self, path: str) -> Any:
        if path == WHOLE:
            return self.context.data
        first = path.split(".", 1)[0]
        return look_up(self.named if first in self.named else self.context.data, path)

    def value(self, value: Value | None) -> Any:
        """Raises CastError when a filter or a transformer cannot take what it finds."""
        if value is None:
            return None
        return self._text(value.text) if isinstance(value, Text) else self._complex(value)

    def holds(self, criteria: Criteria) -> bool:
        """Filters in a condition compare the two values and do not iterate a root. Raises CastError."""
        return all(any(self._holds(one, self._operand(one.left)) for one in alternatives) for alternatives in criteria)

    def _text(self, text: str) -> Any:
        """A text that is nothing but `${path}` gives the value as it is; within a text it is written out."""
        whole = REFERENCE.fullmatch(text)
        if whole:
            return self.get(whole[1])
        return REFERENCE.sub(lambda reference: _written(self.get(reference[1])), text)

    def _complex(self, value: Complex) -> Any:
        found = self.get(value.root)
        if value.filters:
            found = [item for item in as_list(found) if self._passes(value, item)]
            found = single(found)
        if value.accessor:
            found = look_up(found, value.accessor)
        for one in value.transformers:
            args = {name: self._operand(operand) for name, operand in one.args.items()}
            found = transform(one.operator, found, args, self.run_script)
        return found

    def _passes(self, value: Complex, item: Any) -> bool:
        return all(
            any(self._holds(one, self._of_item(value.root, item, one.left)) for one in alternatives)
            for alternatives in value.filters
        )

    def _of_item(self, root: str, item: Any, left: Operand) -> Any:
        """The left side of a filter: below root `A.B`, both `A.B.C` and `C` are the C of each item.

        Both forms are in "Filter and transform data" and in public playbooks. What an item does not have is looked up in the
        whole context.
        """
        if not (left.is_context and isinstance(left.value, Text)):
            return self._operand(left)
        path = left.value.text
        if path == root:
            return item
        if path.startswith(f"{root}."):
            return look_up(item, path.removeprefix(f"{root}."))
        relative = look_up(item, path)
        return self._operand(left) if relative is None else relative

    def _holds(self, comparison: Comparison, left: Any) -> bool:
        return filters.holds(comparison.operator, left, self._operand(comparison.right), comparison.ignore_case)

    def _operand(self, operand: Operand) -> Any:
        if operand.is_context and isinstance(operand.value, Text):
            return self.get(operand.value.text)
        return self.value(operand.value)


def _written(value: Any) -> str:
    text = command_line.as_text(value)
    return "" if text is None else str(text)
