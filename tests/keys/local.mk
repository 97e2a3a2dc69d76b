# tests/keys: the certificate store
# As root it starts ipsecd for real, else it is skipped.
dist_check_SCRIPTS += tests/keys/living.py
TESTS += tests/keys/living.py
