"""Numbers of several signals side by side: a vector of the processor, or a plain number where there is one signal."""

# ruff: noqa: ARG001 - the compiler gives every operation the same arguments
from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, cast

import numba as nb
from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    Function = TypeVar("Function", bound=Callable[..., Any])
    Lanes = tuple[int, ...]  # its length counts signals: it belongs to the type, known when a function is compiled


def compiled(**more: bool) -> Callable[[Function], Function]:
    """A product and the sum it goes into are rounded once, for one lane as for several: the same digits."""
    options: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "fastmath": {"contract"}}
    return cast("Callable[[Function], Function]", nb.njit(**options, **more))  # type: ignore[call-overload]


def builtin(function: Callable[..., Any]) -> Callable[..., Any]:
    """An operation that is written in the instructions of the compiler."""
    return cast("Callable[..., Any]", intrinsic(function))


jit = compiled()
inner = compiled(no_cpython_wrapper=True, no_cfunc_wrapper=True)  # called by compiled code alone
inlined = compiled(no_cpython_wrapper=True, no_cfunc_wrapper=True, forceinline=True)


class Vector(types.Type):
    """One number per lane."""

    def __init__(self, lanes: int) -> None:
        self.lanes = lanes
        super().__init__(name=f"Vector({lanes})")


@register_model(Vector)
class VectorModel(models.PrimitiveModel):
    """In one or more registers."""

    def __init__(self, manager: Any, kind: Vector) -> None:
        super().__init__(manager, kind, ir.VectorType(ir.DoubleType(), kind.lanes))  # type: ignore[no-untyped-call]


def of(lanes: types.BaseTuple) -> types.Type:
    """The type of a number for that many lanes."""
    return types.float64 if len(lanes) == 1 else Vector(len(lanes))


def spread(context: Any, builder: Any, value: Any, given: types.Type, wanted: types.Type) -> Any:
    """A number for all lanes, unless it is one for each."""
    if isinstance(given, Vector):
        return value
    value = context.cast(builder, value, given, types.float64)
    if not isinstance(wanted, Vector):
        return value
    kind = ir.VectorType(ir.DoubleType(), wanted.lanes)
    first = builder.insert_element(ir.Constant(kind, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
    mask = ir.Constant(ir.VectorType(ir.IntType(32), wanted.lanes), [0] * wanted.lanes)
    return builder.shuffle_vector(first, ir.Constant(kind, ir.Undefined), mask)


def arithmetic(operation: Callable[[Any, Any], Any], name: str) -> None:
    """Teach the compiler one operation on vectors, and on vectors and numbers."""

    @infer_global(operation)  # type: ignore[no-untyped-call]
    class Typed(AbstractTemplate):
        def generic(self, args: tuple[types.Type, ...], _: Any) -> Any:
            vectors = [arg for arg in args if isinstance(arg, Vector)]
            return signature(vectors[0], *args) if vectors else None  # type: ignore[no-untyped-call]

    def lowered(context: Any, builder: Any, sig: Any, args: tuple[Any, Any]) -> Any:
        values = (
            spread(context, builder, value, kind, sig.return_type) for value, kind in zip(args, sig.args, strict=True)
        )
        return getattr(builder, name)(*values)

    for kinds in ((Vector, Vector), (Vector, types.Number), (types.Number, Vector)):
        lower_builtin(operation, *kinds)(lowered)  # type: ignore[no-untyped-call]


arithmetic(operator.add, "fadd")
arithmetic(operator.sub, "fsub")
arithmetic(operator.mul, "fmul")
arithmetic(operator.truediv, "fdiv")


def place_in(
    context: Any, builder: Any, array: Any, place: Any, kinds: tuple[types.Type, types.Type], lanes: int
) -> Any:
    """Where the numbers of a place are."""
    data = context.make_array(kinds[0])(context, builder, array).data
    index = context.cast(builder, place, kinds[1], types.intp)
    pointer = builder.gep(data, [builder.mul(index, ir.Constant(index.type, lanes))])
    return pointer if lanes == 1 else builder.bitcast(pointer, ir.VectorType(ir.DoubleType(), lanes).as_pointer())


@builtin
def at(typing: Any, array: Any, place: Any, lanes: Any) -> Any:
    """The numbers at a place of an array."""

    def load(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        pointer = place_in(context, builder, args[0], args[1], sig.args[:2], len(lanes))
        return builder.load(pointer, align=8)

    return of(lanes)(array, place, lanes), load


@builtin
def put(typing: Any, array: Any, place: Any, value: Any, lanes: Any) -> Any:
    """Keep numbers at a place of an array."""

    def store(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        pointer = place_in(context, builder, args[0], args[1], sig.args[:2], len(lanes))
        builder.store(spread(context, builder, args[2], sig.args[2], of(lanes)), pointer, align=8)
        return context.get_dummy_value()

    return types.void(array, place, value, lanes), store


@builtin
def largest(typing: Any, one: Any, other: Any) -> Any:
    """In each lane."""

    def select(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.select(builder.fcmp_ordered(">", args[0], args[1]), args[0], args[1])

    return one(one, other), select


@builtin
def where(typing: Any, test: Any, positive: Any, otherwise: Any) -> Any:
    """In each lane, by the sign of the first."""

    def select(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        nothing = spread(context, builder, ir.Constant(ir.DoubleType(), 0.0), types.float64, sig.args[0])
        return builder.select(builder.fcmp_ordered(">", args[0], nothing), args[1], args[2])

    return positive(test, positive, otherwise), select
