package io.yardmaster.problems;

import io.yardmaster.problems.ProblemException.Fault;
import jakarta.servlet.ServletException;
import jakarta.validation.ConstraintViolation;
import jakarta.validation.ConstraintViolationException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.UndeclaredThrowableException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.io.EofException;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.TypeMismatchException;
import org.springframework.context.MessageSourceResolvable;
import org.springframework.core.MethodParameter;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.validation.BindingResult;
import org.springframework.validation.FieldError;
import org.springframework.validation.ObjectError;
import org.springframework.web.ErrorResponse;
import org.springframework.web.HttpMediaTypeNotAcceptableException;
import org.springframework.web.bind.MethodArgumentNotValidException;
import org.springframework.web.bind.MissingPathVariableException;
import org.springframework.web.bind.MissingRequestHeaderException;
import org.springframework.web.bind.MissingServletRequestParameterException;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.context.request.async.AsyncRequestNotUsableException;
import org.springframework.web.context.request.async.AsyncRequestTimeoutException;
import org.springframework.web.method.annotation.HandlerMethodValidationException;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.StreamReadException;

/**
 * Turns what was thrown into the problem the caller is told of. Texts of exceptions never get into it: they speak of
 * classes and of the server's inside.
 */
final class ProblemTranslation {

    private static final int DEEPEST_CAUSE = 20;
    private static final Pattern HUMP = Pattern.compile("(?<=[a-z0-9])(?=[A-Z])");

    /**
     * SQL states of a database that goes down, comes up, or has no connection left, and of one that has ended a session
     * because this server was silent in the middle of it, as one is that was frozen.
     */
    private static final Set<String> DATABASE_AWAY =
            Set.of("57P01", "57P02", "57P03", "57P05", "53300", "25P03", "25P04");

    private ProblemTranslation() {}

    static ProblemException of(Throwable thrown) {
        Throwable e = unwrap(thrown);
        if (e instanceof ProblemException problem) {
            return problem;
        }
        if (isDatabaseAway(e)) {
            return ProblemException.of(
                    ProblemType.SERVICE_UNAVAILABLE, "The database cannot be reached. Try again in a moment.");
        }
        return switch (e) {
            case HttpMessageNotReadableException unreadable -> ofBody(unreadable);
            case MethodArgumentNotValidException invalid -> ofBinding(invalid.getBindingResult());
            case HandlerMethodValidationException invalid when !invalid.isForReturnValue() -> ofParameters(invalid);
            case ConstraintViolationException invalid -> ofViolations(invalid.getConstraintViolations());
            case MissingServletRequestParameterException missing ->
                ofFault(
                        missing.getParameterName(),
                        "The parameter " + missing.getParameterName() + " is required.",
                        "required");
            case MissingRequestHeaderException missing ->
                ofFault(missing.getHeaderName(), "The header " + missing.getHeaderName() + " is required.", "required");
            case MethodArgumentTypeMismatchException mismatch -> ofType(mismatch.getName(), mismatch);
            case AsyncRequestTimeoutException timeout ->
                ProblemException.of(ProblemType.SERVICE_UNAVAILABLE, "The answer took too long. Try again.");
            case MissingPathVariableException fault -> internal();
            case ErrorResponse response -> ofErrorResponse(response);
            default -> ofCause(e);
        };
    }

    /** Of an error of which no more than the status is known. */
    static ProblemException ofStatus(int status) {
        ProblemType type = ProblemType.ofStatus(status);
        return type == ProblemType.INTERNAL_ERROR ? internal() : ProblemException.of(type, detail(type));
    }

    /** Whether the caller has gone away, so that there is nobody to tell and nothing to repair. */
    static boolean isCallerGone(Throwable thrown) {
        Throwable e = thrown;
        for (int depth = 0; e != null && depth < DEEPEST_CAUSE; depth++) {
            if (e instanceof HttpException) {
                // It is there, and has sent something that cannot be read.
                return false;
            }
            if (e instanceof AsyncRequestNotUsableException || e instanceof EofException) {
                return true;
            }
            e = e.getCause();
        }
        return false;
    }

    private static ProblemException internal() {
        return ProblemException.of(
                ProblemType.INTERNAL_ERROR,
                "The server could not answer because of a fault of its own. Its log tells more under this request_id.");
    }

    private static ProblemException ofCause(Throwable thrown) {
        Throwable e = thrown;
        for (int depth = 0; e != null && depth < DEEPEST_CAUSE; depth++) {
            if (e instanceof HttpException refused && refused.getCode() < 500) {
                return ofStatus(refused.getCode());
            }
            e = e.getCause();
        }
        return internal();
    }

    private static ProblemException ofErrorResponse(ErrorResponse response) {
        ProblemException problem = switch (response) {
            case HttpMediaTypeNotAcceptableException unacceptable -> ofAccept(unacceptable);
            default -> ofStatus(response.getStatusCode().value());
        };
        HttpHeaders headers = response.getHeaders();
        for (String name : List.of(HttpHeaders.ALLOW, HttpHeaders.ACCEPT, HttpHeaders.RETRY_AFTER)) {
            String value = headers.getFirst(name);
            if (value != null) {
                problem = problem.withHeader(name, String.join(", ", headers.getOrEmpty(name)));
            }
        }
        return problem;
    }

    private static ProblemException ofAccept(HttpMediaTypeNotAcceptableException unacceptable) {
        List<MediaType> offered = unacceptable.getSupportedMediaTypes();
        return ProblemException.of(
                ProblemType.NOT_ACCEPTABLE,
                offered.isEmpty()
                        ? "The Accept header cannot be read. Send media types in it, such as application/json."
                        : "This is answered as " + MediaType.toString(offered)
                                + ", none of which the Accept header allows. Send another one, or none.");
    }

    private static String detail(ProblemType type) {
        return switch (type) {
            case NOT_FOUND -> "There is nothing at this path. The contract at /openapi.yaml lists all paths.";
            case METHOD_NOT_ALLOWED -> "This path does not have this method. Use one that the Allow header names.";
            case UNAUTHORIZED -> "Send a valid token as Authorization: Bearer.";
            case PERMISSION_DENIED -> "The request is not allowed. Ask for a token that allows it.";
            case BAD_REQUEST -> "The request cannot be understood. Compare it with the contract at /openapi.yaml.";
            case NOT_ACCEPTABLE ->
                "The Accept header allows no media type that this is answered with. Send another one, or none.";
            case UNSUPPORTED_MEDIA_TYPE ->
                "A body of this Content-Type is not taken. Send one that the Accept header of this answer names.";
            default -> type.meaning();
        };
    }

    private static ProblemException ofBody(HttpMessageNotReadableException unreadable) {
        Throwable e = unreadable;
        for (int depth = 0; e != null && depth < DEEPEST_CAUSE; depth++) {
            if (e instanceof HttpException refused) {
                return ofStatus(refused.getCode());
            }
            if (e instanceof TimeoutException) {
                return ofStatus(408);
            }
            if (e instanceof StreamReadException malformed) {
                return ProblemException.of(
                        ProblemType.MALFORMED_JSON, "The body is not valid JSON" + where(malformed) + ".");
            }
            if (e instanceof JacksonException mismatch) {
                return ofFault(pointer(mismatch), "The value is not of the kind that the contract asks for.", "type");
            }
            e = e.getCause();
        }
        return ofFault("", "The operation needs a body, and this request has none that can be read.", "required");
    }

    private static String where(JacksonException e) {
        return e.getLocation() == null
                ? ""
                : " at line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr();
    }

    private static String pointer(JacksonException e) {
        StringBuilder pointer = new StringBuilder();
        for (JacksonException.Reference step : e.getPath()) {
            String name = step.getPropertyName();
            pointer.append('/').append(name == null ? Integer.toString(step.getIndex()) : JsonPointers.token(name));
        }
        return pointer.toString();
    }

    private static ProblemException ofBinding(BindingResult result) {
        List<Fault> faults = new ArrayList<>();
        for (ObjectError error : result.getAllErrors()) {
            String pointer = error instanceof FieldError field ? pointer(field.getField()) : "";
            faults.add(new Fault(pointer, sentence(error.getDefaultMessage()), code(error)));
        }
        return ProblemException.validation(faults);
    }

    private static ProblemException ofParameters(HandlerMethodValidationException invalid) {
        List<Fault> faults = new ArrayList<>();
        invalid.getParameterValidationResults().forEach(result -> {
            String name = name(result.getMethodParameter());
            for (MessageSourceResolvable error : result.getResolvableErrors()) {
                String pointer = error instanceof FieldError field ? pointer(field.getField()) : name;
                faults.add(new Fault(pointer, sentence(error.getDefaultMessage()), code(error)));
            }
        });
        return faults.isEmpty() ? ofStatus(400) : ProblemException.validation(faults);
    }

    private static ProblemException ofViolations(Set<ConstraintViolation<?>> violations) {
        List<Fault> faults = new ArrayList<>();
        for (ConstraintViolation<?> violation : violations) {
            String path = violation.getPropertyPath().toString();
            // The first node is the method's name.
            String name = snakeCase(path.substring(path.indexOf('.') + 1));
            faults.add(new Fault(name, sentence(violation.getMessage()), "invalid"));
        }
        return ProblemException.validation(faults);
    }

    private static ProblemException ofType(String name, TypeMismatchException mismatch) {
        Class<?> wanted = mismatch.getRequiredType();
        String kind = wanted == null ? "another kind of value" : kind(wanted);
        return ofFault(name, "The parameter " + name + " must be " + kind + ".", "type");
    }

    private static String kind(Class<?> type) {
        if (type == Boolean.class || type == boolean.class) {
            return "true or false";
        }
        if (Number.class.isAssignableFrom(type) || type.isPrimitive()) {
            return "a number in range";
        }
        return "as the contract says";
    }

    private static ProblemException ofFault(String pointer, String message, String code) {
        return ProblemException.validation(List.of(new Fault(pointer, message, code)));
    }

    private static String name(MethodParameter parameter) {
        RequestParam query = parameter.getParameterAnnotation(RequestParam.class);
        if (query != null && !query.name().isEmpty()) {
            return query.name();
        }
        RequestHeader header = parameter.getParameterAnnotation(RequestHeader.class);
        if (header != null && !header.name().isEmpty()) {
            return header.name();
        }
        String name = parameter.getParameterName();
        return name == null ? "" : snakeCase(name);
    }

    /** {@code steps[0].runAfter} becomes {@code /steps/0/run_after}. */
    private static String pointer(String field) {
        StringBuilder pointer = new StringBuilder();
        for (String part : field.replace("[", ".").replace("]", "").split("\\.", -1)) {
            pointer.append('/').append(JsonPointers.token(snakeCase(part)));
        }
        return pointer.toString();
    }

    private static String snakeCase(String name) {
        return HUMP.matcher(name).replaceAll("_").toLowerCase(Locale.ROOT);
    }

    private static String code(MessageSourceResolvable error) {
        String[] codes = error.getCodes();
        if (codes == null || codes.length == 0) {
            return "invalid";
        }
        return switch (codes[codes.length - 1]) {
            case "NotNull", "NotEmpty", "NotBlank" -> "required";
            case "Min", "DecimalMin" -> "minimum";
            case "Max", "DecimalMax" -> "maximum";
            case "Size" -> "length";
            case "Pattern" -> "pattern";
            default -> "invalid";
        };
    }

    private static String sentence(@Nullable String message) {
        return message == null || message.isBlank() ? "The value is not valid." : "The value " + message + ".";
    }

    private static Throwable unwrap(Throwable thrown) {
        Throwable e = thrown;
        for (int depth = 0; depth < DEEPEST_CAUSE; depth++) {
            Throwable cause = e.getCause();
            boolean wrapper = e.getClass() == ServletException.class
                    || e instanceof CompletionException
                    || e instanceof ExecutionException
                    || e instanceof InvocationTargetException
                    || e instanceof UndeclaredThrowableException
                    || (e.getClass() == RuntimeException.class && cause instanceof ProblemException);
            if (!wrapper || cause == null) {
                return e;
            }
            e = cause;
        }
        return e;
    }

    private static boolean isDatabaseAway(Throwable thrown) {
        Throwable e = thrown;
        for (int depth = 0; e != null && depth < DEEPEST_CAUSE; depth++) {
            if (e instanceof DataAccessResourceFailureException
                    || e instanceof CannotCreateTransactionException
                    || e instanceof SQLTransientConnectionException
                    || (e instanceof SQLException sql && isDatabaseAway(sql.getSQLState()))) {
                return true;
            }
            e = e.getCause();
        }
        return false;
    }

    private static boolean isDatabaseAway(@Nullable String sqlState) {
        return sqlState != null && (sqlState.startsWith("08") || DATABASE_AWAY.contains(sqlState));
    }
}
