#!/bin/sh
# Prints a password as a URL can hold it.
printf %s "$1" | sed 's/%/%25/g; s/=/%3D/g; s/+/%2B/g; s|/|%2F|g; s/@/%40/g; s/:/%3A/g'
