"""Paginates lists, with the Link header."""

from collections.abc import Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from sandbox.github.exchange import Request

DEFAULT_SIZE = 30
MAXIMUM_SIZE = 100

T = TypeVar("T")


def page_of(
    request: Request, items: Sequence[T], *, default: int = DEFAULT_SIZE, most: int = MAXIMUM_SIZE
) -> tuple[list[T], dict[str, str]]:
    """The items of the requested page, and the headers that link to the others."""
    # Assumes GH-PAGES.
    size = min(_number(request, "per_page", default), most)
    page = _number(request, "page", 1)
    last = max(1, -(-len(items) // size))
    links: dict[str, int] = {}
    if page > 1:
        links["prev"] = min(page - 1, last)
    if page < last:
        links |= {"next": page + 1, "last": last}
    if page > 1:
        links["first"] = 1
    header = ", ".join(f'<{_address(request, number)}>; rel="{name}"' for name, number in links.items())
    return list(items[(page - 1) * size : page * size]), {"Link": header} if header else {}


def counted(key: str, total: int, items: list[Any]) -> dict[str, Any]:
    """A page in the envelope with the number of items on all pages."""
    return {"total_count": total, key: items}


def _number(request: Request, name: str, default: int) -> int:
    text = request.query.get(name, "")
    return int(text) if text.isdecimal() and int(text) > 0 else default


def _address(request: Request, number: int) -> str:
    return f"{request.base}{request.path}?{urlencode({**request.query, 'page': number})}"
