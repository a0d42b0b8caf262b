from typing import Any

from . import errors as errors
from .auth import login as login
from .auth import logout as logout
from .errors import AuthenticationError as AuthenticationError
from .errors import BadImage as BadImage
from .errors import BudgetExceeded as BudgetExceeded
from .errors import Charge as Charge
from .errors import ConfirmPurchase as ConfirmPurchase
from .errors import ConnectionFailed as ConnectionFailed
from .errors import ContentRejected as ContentRejected
from .errors import GenerationFailed as GenerationFailed
from .errors import InsufficientCredits as InsufficientCredits
from .errors import InvalidRequest as InvalidRequest
from .errors import JobCancelled as JobCancelled
from .errors import PermissionDenied as PermissionDenied
from .errors import QwenError as QwenError
from .errors import RateLimited as RateLimited
from .errors import ResultGone as ResultGone
from .errors import ServiceError as ServiceError
from .errors import StillRunning as StillRunning
from .errors import UncertainSubmission as UncertainSubmission
from .experiments.experiment import experiment as experiment
from .experiments.grid.widget import SweepGrid as SweepGrid
from .experiments.plan import Plan as Plan
from .experiments.sweep import Sweep as Sweep
from .journal.states import State as State
from .reapi.client import AsyncClient as AsyncClient
from .reapi.models import ModelSpec as ModelSpec
from .reapi.models import register_model as register_model
from .reapi.request import GenerationRequest as GenerationRequest
from .reapi.task import Download as Download
from .reapi.task import Task as Task
from .studio.default import default_studio as default_studio
from .studio.default import generate as generate
from .studio.default import submit as submit
from .studio.job import Job as Job
from .studio.patience import Patience as Patience
from .studio.picture import Picture as Picture
from .studio.providers.choice import register_provider as register_provider
from .studio.providers.provider import Connection as Connection
from .studio.providers.provider import Provider as Provider
from .studio.studio import Studio as Studio
from .widget.base import Widget as Widget
from .widget.base_session import WidgetSession as WidgetSession
from .widget.panel import QwenWidget as QwenWidget
from .widget.panel import qwen_widget as qwen_widget

__all__ = [
    "AuthenticationError",
    "BadImage",
    "BudgetExceeded",
    "Charge",
    "ConfirmPurchase",
    "ConnectionFailed",
    "ContentRejected",
    "GenerationFailed",
    "GenerationRequest",
    "InsufficientCredits",
    "InvalidRequest",
    "Job",
    "JobCancelled",
    "Patience",
    "PermissionDenied",
    "Picture",
    "Plan",
    "QwenError",
    "QwenWidget",
    "RateLimited",
    "ResultGone",
    "ServiceError",
    "State",
    "StillRunning",
    "Studio",
    "Sweep",
    "SweepGrid",
    "UncertainSubmission",
    "default_studio",
    "experiment",
    "generate",
    "login",
    "logout",
    "qwen_widget",
    "submit",
]

__version__: str

def load_ipython_extension(ipython: Any) -> None: ...
