"""M51: environments written for KubeCodeRun."""
from breaking.mutant import in_settings


@in_settings("m51")
def dead_names_are_passed_over(settings):
    """A name without effect is ignored without a word."""
    for name in [name for name in settings if name.startswith("REDIS_")]:
        del settings[name]


@in_settings("m51")
def mapped_name_has_no_effect(settings):
    """A name that means the same as before is not read."""
    if "REDIS_HOST" in settings:
        settings.pop("MAX_OUTPUT_FILES", None)


@in_settings("m51")
def known_time_limit_has_no_effect(settings):
    """The time limit of the old file is not read."""
    if "REDIS_HOST" in settings:
        settings.pop("MAX_EXECUTION_TIME", None)
