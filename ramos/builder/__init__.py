"""Builds the RAM OS: one kernel and one initramfs made of Debian packages.

It runs on the build host only; nothing here is part of the image.
"""
