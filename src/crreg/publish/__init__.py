"""Publishing images: asked first, then copied, built or pushed, linked to the repository, and verified."""
