"""Archives of dev container features."""

import io
import tarfile


def packed(
    *files: tuple[str, bytes], kind: bytes = tarfile.REGTYPE, form: int = tarfile.USTAR_FORMAT
) -> bytes:
    """A tar archive with these names and contents, all of one kind of entry."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as tar:
        for name, content in files:
            info = tarfile.TarInfo(name)
            info.type, info.size = kind, len(content)
            tar.addfile(info, io.BytesIO(content))
    return file.getvalue()
