package io.yardmaster.http;

import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServletRequest;

/** When a request is over, whether its thread answered it or something did later. */
public final class RequestEnd {

    private RequestEnd() {}

    /** Runs this when the request is over; to be called when its first thread leaves. */
    public static void of(HttpServletRequest request, Runnable action) {
        if (request.isAsyncStarted()) {
            request.getAsyncContext().addListener(new Listener(action));
        } else {
            action.run();
        }
    }

    private record Listener(Runnable action) implements AsyncListener {

        @Override
        public void onComplete(AsyncEvent event) {
            action.run();
        }

        @Override
        public void onTimeout(AsyncEvent event) {
            // It is completed afterwards.
        }

        @Override
        public void onError(AsyncEvent event) {
            // It is completed afterwards.
        }

        @Override
        public void onStartAsync(AsyncEvent event) {
            event.getAsyncContext().addListener(this);
        }
    }
}
