"""One fragment of a page has another drawn again, as that one's timer would."""

from __future__ import annotations

from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData


def draw_again(fragment: str) -> None:
    """Have the fragment with this key run once the run under way has ended.

    `st.rerun` refuses this to a fragment, since it would break off the run under way; a request
    as a fragment's timer makes it waits for its end.
    """
    context = get_script_run_ctx()
    if context is None or context.script_requests is None:
        return
    context.script_requests.request_rerun(
        RerunData(
            query_string=context.query_string,
            page_script_hash=context.page_script_hash,
            fragment_id_queue=context.fragment_storage.resolve_target(fragment),
            is_auto_rerun=True,
            cached_message_hashes=context.cached_message_hashes,
            context_info=context.context_info,
        )
    )
