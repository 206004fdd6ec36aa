"""Machine instructions that Numba has no name for, as functions on array elements."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic as _intrinsic
from numba.np import arrayobj

intrinsic: Any = _intrinsic  # its functions are called without the first argument they are written with
_tools: Any = cgutils
_arrays: Any = arrayobj


def _pointer(context: Any, builder: Any, array_type: Any, array: Any, index: Any) -> Any:
    view = _arrays.make_array(array_type)(context, builder, array)
    return _tools.get_item_pointer(context, builder, array_type, view, [index])


@intrinsic
def prefetch(typing_context: Any, array: Any, index: Any) -> Any:
    """Ask for array[index] to be brought near; does nothing else, and may be beyond the end."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array_type, index_type = signature.args
        place = context.cast(builder, arguments[1], index_type, types.int64)
        pointer = _pointer(context, builder, array_type, arguments[0], place)
        byte, i32 = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, i32, i32, i32])
        function = _tools.get_or_insert_function(builder.module, kind, "llvm.prefetch")
        builder.call(function, [builder.bitcast(pointer, byte), i32(0), i32(3), i32(1)])
        return context.get_dummy_value()

    return types.void(array, index), generate


@intrinsic
def compare_and_swap(typing_context: Any, array: Any, index: Any, old: Any, new: Any) -> Any:
    """Set array[index] to `new` if it is `old`, undivided among threads; what it was. int64 throughout."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = _pointer(context, builder, signature.args[0], arguments[0], arguments[1])
        swapped = builder.cmpxchg(pointer, arguments[2], arguments[3], "acq_rel", "monotonic")
        return builder.extract_value(swapped, 0)

    return types.int64(array, types.int64, types.int64, types.int64), generate


@intrinsic
def fetch_and_add(typing_context: Any, array: Any, index: Any, more: Any) -> Any:
    """Add to array[index], undivided among threads; what it was. int64 throughout."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = _pointer(context, builder, signature.args[0], arguments[0], arguments[1])
        return builder.atomic_rmw("add", pointer, arguments[2], "acq_rel")

    return types.int64(array, types.int64, types.int64), generate


@intrinsic
def load(typing_context: Any, array: Any, index: Any) -> Any:
    """array[index] as other threads have left it. int64 throughout."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = _pointer(context, builder, signature.args[0], arguments[0], arguments[1])
        return builder.load_atomic(pointer, "acquire", 8)

    return types.int64(array, types.int64), generate
