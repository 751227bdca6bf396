<?php
// Runs before the program. Its file is open and will be compiled from there; in the working directory it would only
// be in the way of a program that lists it.
unlink($_SERVER['SCRIPT_FILENAME']);
