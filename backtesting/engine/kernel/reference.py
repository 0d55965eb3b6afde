"""Handing the run on by its address: what a compiled function gets instead of some thirty arrays.

A tuple of arrays is passed value by value, a few hundred words for each call, and every caller's
code grows by them. `by_reference` puts the tuple into the caller's frame once; a function that
gets the address reads `run.trades` exactly as from the tuple, and takes only what it uses. The
address is good as long as the function that made it has not returned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from numba.core import cgutils, types
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    infer_getattr,
    intrinsic,
    lower_getattr_generic,
    models,
    register_model,
)

if TYPE_CHECKING:
    from collections.abc import Callable

Tuple = TypeVar("Tuple")


class Reference(types.Type):
    """The address of a named tuple in a compiled caller's frame."""

    def __init__(self, target: Any) -> None:
        self.target = target
        super().__init__(name=f"Reference({target})")


@register_model(Reference)
class _ReferenceModel(models.PrimitiveModel):
    def __init__(self, manager: Any, reference: Reference) -> None:
        pointer = manager.lookup(reference.target).get_value_type().as_pointer()
        super().__init__(manager, reference, pointer)


@infer_getattr
class _ReferenceAttributes(AttributeTemplate):
    key = Reference

    def generic_resolve(self, reference: Reference, name: str) -> Any:
        fields = reference.target.fields
        if name not in fields:
            return None
        part = reference.target.types[fields.index(name)]
        return Reference(part) if isinstance(part, types.NamedTuple) else part


@lower_getattr_generic(Reference)
def _load_part(_context: Any, builder: Any, reference: Reference, address: Any, name: str) -> Any:
    """Return a part of the tuple, or its address where it is a tuple itself."""
    at = reference.target.fields.index(name)
    part = cgutils.gep_inbounds(builder, address, 0, at)
    is_tuple = isinstance(reference.target.types[at], types.NamedTuple)
    return part if is_tuple else builder.load(part)


def _generate_address(
    _typing_context: Any, run: Any
) -> tuple[Any, Callable[[Any, Any, Any, Any], Any]]:
    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return cgutils.alloca_once_value(builder, arguments[0])

    return Reference(run)(run), generate


# To a type checker the address is what it stands for: the same fields are read from it.
by_reference = cast("Callable[[Tuple], Tuple]", intrinsic(_generate_address))
