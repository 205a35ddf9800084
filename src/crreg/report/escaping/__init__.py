"""How text from files and servers is made harmless, one module for each context it is put into."""
