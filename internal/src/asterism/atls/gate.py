"""The default of every gRPC server behind sessions: nothing may be called but what is allowed."""

from collections.abc import Callable
from typing import Any

import grpc
from typing_extensions import override

from asterism.atls.grpc_bridge import claims_of
from asterism.atls.purpose import RULES

Behaviour = Callable[[Any, grpc.ServicerContext], Any]

_FACTORIES = {
    (False, False): ("unary_unary", grpc.unary_unary_rpc_method_handler),
    (False, True): ("unary_stream", grpc.unary_stream_rpc_method_handler),
    (True, False): ("stream_unary", grpc.stream_unary_rpc_method_handler),
    (True, True): ("stream_stream", grpc.stream_stream_rpc_method_handler),
}
"""By whether requests and responses are streams."""


class SessionGate(grpc.ServerInterceptor):  # type: ignore[misc]  # grpcio has no types
    """Refuses what no servicer may ever see.

    UNAUTHENTICATED for calls outside a session, PERMISSION_DENIED for methods that the session's
    purpose does not allow (`asterism.atls.purpose.RULES`).
    """

    @override
    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], grpc.RpcMethodHandler | None],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler | None:
        """The handler of the call, guarded; None (UNIMPLEMENTED) where there is none."""
        handler = continuation(handler_call_details)
        if handler is None:
            return None
        attribute, factory = _FACTORIES[handler.request_streaming, handler.response_streaming]
        return factory(
            _guarded(getattr(handler, attribute), handler_call_details.method),
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )


def _guarded(behaviour: Behaviour, method: str) -> Behaviour:
    def guarded(request: Any, context: grpc.ServicerContext) -> Any:
        purpose = claims_of(context).purpose
        if not RULES[purpose].allows(method):
            context.abort(
                grpc.StatusCode.PERMISSION_DENIED, f"[TLS-033] not in a session for {purpose}"
            )
        return behaviour(request, context)

    return guarded
